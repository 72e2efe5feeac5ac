package dev.mige4j.web;

import dev.mige4j.pipeline.SampleImage;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * The files of the page, each named here and read once from the class path, so that no path comes from a client.
 *
 * <p>The page may load from this server alone: its policy forbids every other address, inline script and style.
 */
final class StaticFiles {

    private static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
                    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private static final Map<String, String> CONTENT_TYPES = Map.of(
            "html",
            "text/html; charset=utf-8",
            "css",
            "text/css; charset=utf-8",
            "js",
            "text/javascript; charset=utf-8",
            "svg",
            "image/svg+xml",
            "json",
            "application/json",
            "png",
            "image/png");

    private record StaticFile(byte[] bytes, String contentType, String etag) {}

    private final Map<String, StaticFile> files = new LinkedHashMap<>();

    /** Files of the page, and samples of the library. */
    StaticFiles(Iterable<String> pageFiles, Iterable<String> sampleImages) {
        for (String name : pageFiles) files.put(name, of(name, read("/dev/mige4j/web/page/", name)));
        for (String name : sampleImages)
            files.put(name, of(name, SampleImage.named(name.replace(".png", "")).png()));
    }

    private static byte[] read(String folder, String name) {
        try (InputStream in = StaticFiles.class.getResourceAsStream(folder + name)) {
            if (in == null)
                throw new IllegalStateException("the page's file " + name + " is missing from the class path");
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static StaticFile of(String name, byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return new StaticFile(
                bytes,
                CONTENT_TYPES.get(name.substring(name.lastIndexOf('.') + 1)),
                '"' + HexFormat.of().toHexDigits((int) crc.getValue()) + '"');
    }

    void serve(Context ctx, String name) {
        StaticFile file = files.get(name);
        ctx.header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
                .header("Cache-Control", "no-cache")
                .header("ETag", file.etag());
        if (file.etag().equals(ctx.header("If-None-Match"))) ctx.status(304);
        else ctx.contentType(file.contentType()).result(file.bytes());
    }
}
