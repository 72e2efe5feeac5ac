package mige.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;

/** The table of the pinned packages the corpus is drawn from: resource {@code packages.json}. */
public final class Packages {

    /**
     * One package. {@code set} names its drawings (null: no drawings), {@code role} is train, heldout or names,
     * {@code integrity} is npm's value: {@code sha512-} and the digest of the archive in base 64.
     */
    public record Entry(String name, String version, String file, String set, String role,
                        String licence, String author, String link, long bytes, String integrity) {
        /** Author, licence and link in one line, as a shown picture must carry them. */
        public String credit() {
            return name + " " + version + " by " + author + ", " + licence + ", " + link;
        }
    }

    private static final List<Entry> ALL = read();

    private Packages() { }

    /** All packages in the order of the table. */
    public static List<Entry> all() {
        return ALL;
    }

    /** The package that holds the drawings of {@code set}. */
    public static Entry ofSet(String set) {
        return ALL.stream().filter(e -> set.equals(e.set())).findFirst().orElseThrow();
    }

    private static List<Entry> read() {
        try (InputStream in = Packages.class.getResourceAsStream("packages.json")) {
            return new ObjectMapper().readValue(in, new TypeReference<List<Entry>>() { });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
