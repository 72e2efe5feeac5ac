package mige.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;

import io.javalin.http.Context;

/**
 * The files of the page, each named here and read once from the class path, so that no path comes from a client.
 *
 * <p>The page may load from this server alone: its policy forbids every other address, inline script and style.
 */
final class Page {

    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private static final Map<String, String> TYPES = Map.of("html", "text/html; charset=utf-8", "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8", "svg", "image/svg+xml", "json", "application/json", "png", "image/png");

    private record File(byte[] bytes, String type, String tag) {}

    private final Map<String, File> files = new LinkedHashMap<>();

    /** Files of the page, and samples of the library. */
    Page(Iterable<String> names, Iterable<String> samples) {
        for (String name : names) files.put(name, read("/mige/web/page/", name));
        for (String name : samples) files.put(name, read("/mige/samples/", name));
    }

    private static File read(String folder, String name) {
        try (InputStream in = Page.class.getResourceAsStream(folder + name)) {
            if (in == null) throw new IllegalStateException("the page's file " + name + " is missing from the class path");
            byte[] bytes = in.readAllBytes();
            CRC32 sum = new CRC32();
            sum.update(bytes);
            return new File(bytes, TYPES.get(name.substring(name.lastIndexOf('.') + 1)), '"' + HexFormat.of().toHexDigits((int) sum.getValue()) + '"');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void answer(Context ctx, String name) {
        File file = files.get(name);
        ctx.header("Content-Security-Policy", POLICY).header("Cache-Control", "no-cache").header("ETag", file.tag());
        if (file.tag().equals(ctx.header("If-None-Match"))) ctx.status(304);
        else ctx.contentType(file.type()).result(file.bytes());
    }
}
