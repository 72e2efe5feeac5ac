package dev.mige4j.web;

import dev.mige4j.pipeline.SampleImage;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Serves the files of the web page from the class path, with ETag and a strict Content-Security-Policy.
 *
 * <p>All files are listed by name and loaded at startup, so no client input is ever used as a path. The policy allows
 * scripts, styles, images and connections from this server only, and no inline scripts or styles.
 */
final class StaticFiles {

    private static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
                    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private static final Map<String, String> CONTENT_TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml",
            "json", "application/json",
            "png", "image/png");

    private static final class StaticFile {
        final byte[] content;
        final String contentType;
        final String etag;

        StaticFile(byte[] content, String contentType) {
            CRC32 crc = new CRC32();
            crc.update(content);
            this.content = content;
            this.contentType = contentType;
            this.etag = '"' + HexFormat.of().toHexDigits((int) crc.getValue()) + '"';
        }
    }

    private final Map<String, StaticFile> files = new LinkedHashMap<>();

    /**
     * Loads the files.
     *
     * @param pageFiles names in the resource folder of the page
     * @param sampleImages file names of {@link SampleImage}s
     */
    StaticFiles(List<String> pageFiles, List<String> sampleImages) {
        for (String name : pageFiles) add(name, readResource("/dev/mige4j/web/page/" + name));
        for (String name : sampleImages)
            add(name, SampleImage.named(name.replace(".png", "")).png());
    }

    private static byte[] readResource(String path) {
        try (InputStream in = StaticFiles.class.getResourceAsStream(path)) {
            if (in == null) throw new IllegalStateException("resource " + path + " is missing");
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(String name, byte[] content) {
        files.put(name, new StaticFile(content, CONTENT_TYPES.get(name.substring(name.lastIndexOf('.') + 1))));
    }

    void serve(Context ctx, String name) {
        StaticFile file = files.get(name);
        ctx.header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
                .header("Cache-Control", "no-cache")
                .header("ETag", file.etag);
        String known = ctx.header("If-None-Match");
        if (known != null && known.contains(file.etag)) ctx.status(304);
        else
            ctx.contentType(file.contentType)
                    .header("Content-Length", String.valueOf(file.content.length))
                    .result(file.content);
    }
}
