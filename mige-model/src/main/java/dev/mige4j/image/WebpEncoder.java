package dev.mige4j.image;

import com.luciad.imageio.webp.WebPImageWriterSpi;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Encodes images as lossy WebP with libwebp, with texts in an XMP chunk. */
final class WebpEncoder {

    /** Largest width and height of a WebP image. */
    static final int MAX_SIDE = 16_383;

    /** Flags of the extended header. */
    private static final int HAS_XMP = 4, HAS_ALPHA = 16;

    private WebpEncoder() {}

    static void encode(Image image, int quality, Map<String, String> texts, OutputStream out) throws IOException {
        byte[] file = encodePixels(image, quality);
        out.write(texts.isEmpty() ? file : withXmp(file, image, XmpText.write(texts)));
    }

    private static byte[] encodePixels(Image image, int quality) throws IOException {
        WebpLibrary.require("The image");
        ImageWriter writer = new WebPImageWriterSpi().createWriterInstance(null);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (ImageOutputStream stream = new MemoryCacheImageOutputStream(file)) {
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionType("Lossy");
            param.setCompressionQuality(quality / 100f);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image.asBufferedImage(), null, null), param);
        } finally {
            writer.dispose();
        }
        return file.toByteArray();
    }

    /** The file in the extended format, with the XMP chunk as its last. */
    private static byte[] withXmp(byte[] file, Image image, byte[] packet) {
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        chunks.writeBytes("WEBP".getBytes(StandardCharsets.ISO_8859_1));
        WebpChunk.write(chunks, "VP8X", extendedHeader(image));
        for (WebpChunk chunk : WebpChunk.list(file))
            if (!chunk.type().equals("VP8X")) WebpChunk.write(chunks, chunk.type(), chunk.data(file));
        WebpChunk.write(chunks, "XMP ", packet);
        ByteArrayOutputStream extended = new ByteArrayOutputStream();
        extended.writeBytes("RIFF".getBytes(StandardCharsets.ISO_8859_1));
        extended.writeBytes(WebpChunk.littleEndian(chunks.size()));
        extended.writeBytes(chunks.toByteArray());
        return extended.toByteArray();
    }

    /** Flags, and width and height minus one in 24 bits each. */
    private static byte[] extendedHeader(Image image) {
        int height = image.height() - 1;
        return ByteBuffer.allocate(10)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(image.hasAlpha() ? HAS_XMP | HAS_ALPHA : HAS_XMP)
                .putInt(image.width() - 1 | height << 24)
                .putShort((short) (height >> 8))
                .array();
    }
}
