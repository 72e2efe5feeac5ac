package dev.mige4j.corpus.sprites;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The table of the pinned packages the corpus is drawn from: resource {@code packages.json}. */
public final class AssetPackages {

    /**
     * One package. {@code set} names its drawings (null: no drawings), {@code role} is train, heldout or names,
     * {@code integrity} is npm's value: {@code sha512-} and the digest of the archive in base 64.
     */
    public record AssetPackage(
            String name,
            String version,
            String file,
            @JsonProperty("set") String iconSet,
            String role,
            String licence,
            String author,
            String link,
            long bytes,
            String integrity) {
        /** Author, licence and link in one line, as a shown picture must carry them. */
        public String credit() {
            return name + " " + version + " by " + author + ", " + licence + ", " + link;
        }
    }

    private static final List<AssetPackage> ALL = load();

    private AssetPackages() {}

    /** All packages in the order of the table. */
    public static List<AssetPackage> all() {
        return ALL;
    }

    /** The package that holds the drawings of {@code set}. */
    public static AssetPackage byIconSet(String iconSet) {
        return ALL.stream().filter(e -> iconSet.equals(e.iconSet())).findFirst().orElseThrow();
    }

    /** Names of the packages whose archives are not in the folder; empty when it is complete. */
    public static List<String> missingFrom(Path folder) {
        return ALL.stream()
                .filter(p -> !Files.exists(folder.resolve(p.file())))
                .map(AssetPackage::name)
                .toList();
    }

    private static List<AssetPackage> load() {
        try (InputStream in = AssetPackages.class.getResourceAsStream("packages.json")) {
            return new ObjectMapper().readValue(in, new TypeReference<List<AssetPackage>>() {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
