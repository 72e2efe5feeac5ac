package dev.mige4j.corpus.specification;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads tab-separated resources. */
public final class TsvResource {

    private TsvResource() {}

    /**
     * The cells of each row of a resource beside {@code owner}; blank lines and lines that start with # are skipped.
     */
    public static List<String[]> read(Class<?> owner, String name) {
        List<String[]> rows = new ArrayList<>();
        try (InputStream in = owner.getResourceAsStream(name);
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line; (line = lines.readLine()) != null; )
                if (!line.isBlank() && !line.startsWith("#")) rows.add(line.split("\t", -1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rows;
    }
}
