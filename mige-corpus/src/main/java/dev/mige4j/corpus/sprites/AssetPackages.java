package dev.mige4j.corpus.sprites;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.mige4j.common.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The pinned npm packages that the corpus is made from, as listed in the resource {@code packages.json}. */
public final class AssetPackages {

    /**
     * A package.
     *
     * @param file name of its archive in the corpus folder
     * @param iconSet name of its icons; null when it has none
     * @param role "train", "heldout" or "names"
     * @param link web page of the icons
     * @param bytes size of the archive
     * @param integrity npm's checksum: {@code sha512-} and the Base64 digest of the archive
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
        /** Name, author, licence and link in one line, for the attribution of published images. */
        public String credit() {
            return name + " " + version + " by " + author + ", " + licence + ", " + link;
        }
    }

    private static final List<AssetPackage> ALL = load();

    private AssetPackages() {}

    /** All packages in the order of the resource. */
    public static List<AssetPackage> all() {
        return ALL;
    }

    /**
     * The package of an icon set.
     *
     * @throws java.util.NoSuchElementException when there is none
     */
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
            return Json.MAPPER.readValue(in, new TypeReference<List<AssetPackage>>() {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
