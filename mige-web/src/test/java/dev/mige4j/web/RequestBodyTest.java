package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What parsing a body costs. */
class RequestBodyTest {

    static final int MIB = 1 << 20;
    static final String PART = "--B\r\nContent-Disposition: form-data; name=";

    static RequestBody parse(String contentType, byte[] content) {
        return RequestBody.parse(contentType, content, new ResultImages(null, null, null));
    }

    /** The bytes that some work allocates, classes aside. */
    static <T> long allocatedBy(Supplier<T> work) {
        parse("application/json", "{\"image\":\"AAAA\"}".getBytes(StandardCharsets.US_ASCII));
        parse("multipart/form-data; boundary=B", (PART + "n\r\n\r\n1\r\n--B--").getBytes(StandardCharsets.US_ASCII));
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        work.get();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            {"image":[          | {},          | -
            {"n":[              | {},          | ]}
            {"n":               | [            | -
            {"image":           | [            | -
            {"named_images":{   | "a":"",      | -
            {                   | "k":1,       | -
            {"n":               | 9            | -
            {"                  | k            | -
            {"prompt":"         | <image>      | "}
            {"user":"           | x            | "}
            {"image":{"detail": | [            | -
            {"image":["         | A            | ",5]}
            """)
    void refusesAFloodWithoutHoldingIt(String head, String repeated, String tail) {
        byte[] body = (head + repeated.repeat(16 * MIB / repeated.length()) + (tail == null ? "" : tail))
                .getBytes(StandardCharsets.US_ASCII);
        long limit = head.endsWith("[\"") ? 13 * MIB : MIB; // the image in the list is decoded
        long allocated = allocatedBy(() -> assertThrows(RuntimeException.class, () -> {
            RequestBody parsed = parse("application/json", body);
            parsed.fields().text("prompt");
            SettingsParser.parse(parsed.fields(), Limits.DEFAULT);
        }));
        assertTrue(allocated < limit, allocated + " bytes");
    }

    @ParameterizedTest
    @CsvSource({"k,1,false", "prompt,x,true"})
    void refusesAFloodOfParts(String name, String value, boolean isOne) {
        String part = PART + "\"" + name + "\"\r\n\r\n";
        String flood = isOne ? part + "x".repeat(16 * MIB) : (part + value + "\r\n").repeat(16 * MIB / 50);
        byte[] body = (flood + "\r\n--B--\r\n").getBytes(StandardCharsets.US_ASCII);
        long allocated = allocatedBy(
                () -> assertThrows(ApiException.class, () -> parse("multipart/form-data; boundary=B", body)));
        assertTrue(allocated < MIB, allocated + " bytes");
    }

    @Test
    void decodesLargeImagesWithoutOtherCopies() {
        byte[] file = new byte[12 * MIB];
        new Random(1).nextBytes(file);
        String base64 = Base64.getMimeEncoder(76, new byte[] {'\n'})
                .encodeToString(file)
                .replace("\n", "\\n")
                .replace("/", "\\/");
        byte[] json = ("{\"image\":\"data:image\\/png;base64," + base64 + "\",\"mask\":\"AAAA\"}")
                .getBytes(StandardCharsets.US_ASCII);
        RequestBody[] parsed = new RequestBody[1];
        long allocated = allocatedBy(() -> parsed[0] = parse("application/json", json));
        assertArrayEquals(file, parsed[0].images().get(0).content());
        assertTrue(allocated < file.length + MIB, allocated + " bytes");

        byte[] form = (PART + "\"image\"; filename=\"a\"\r\n\r\n" + new String(file, StandardCharsets.ISO_8859_1)
                        + "\r\n--B--\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
        allocated = allocatedBy(() -> parsed[0] = parse("multipart/form-data; boundary=B", form));
        assertArrayEquals(file, parsed[0].images().get(0).content());
        assertTrue(allocated < file.length + MIB, allocated + " bytes");
    }
}
