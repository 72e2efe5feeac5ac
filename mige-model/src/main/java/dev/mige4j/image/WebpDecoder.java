package dev.mige4j.image;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Decodes WebP files (lossy, lossless, with alpha; the first frame of an animation) with libwebp to the same values as
 * its program {@code dwebp}. Pixels outside the first frame of an animation are transparent.
 *
 * <p>libwebp gets a file of the pixel data and the alpha channel of one image alone: it decodes no animations.
 */
final class WebpDecoder {

    private WebpDecoder() {}

    static DecodedImage decode(byte[] file, String name) throws CorruptImageException {
        WebpContainer container = WebpContainer.read(file);
        ImageFile.checkSize(container.width(), container.height(), name);
        container.checkFrame();
        WebpLibrary.require(name);
        BufferedImage image = read(stillImage(file, container));
        int[] argb = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
        int width = container.width(), height = container.height();
        WebpContainer.Frame frame = container.frame();
        boolean covers = frame.width() == width && frame.height() == height;
        byte[] rgb = new byte[3 * width * height];
        byte[] alpha = covers && !image.getColorModel().hasAlpha() ? null : new byte[width * height];
        for (int y = 0, from = 0; y < frame.height(); y++)
            for (int x = 0, to = (frame.top() + y) * width + frame.left(); x < frame.width(); x++, to++) {
                int pixel = argb[from++];
                rgb[3 * to] = (byte) (pixel >> 16);
                rgb[3 * to + 1] = (byte) (pixel >> 8);
                rgb[3 * to + 2] = (byte) pixel;
                if (alpha != null) alpha[to] = image.getColorModel().hasAlpha() ? (byte) (pixel >>> 24) : -1;
            }
        return new DecodedImage(width, height, rgb, alpha);
    }

    private static BufferedImage read(SliceInputStream webp) throws CorruptImageException {
        try {
            return ImageIoDecoder.decode(new WebPImageReaderSpi(), webp, reader -> reader.read(0));
        } catch (OutOfMemoryError e) {
            if (e.getMessage() != null) throw e; // of the JVM
            // libwebp reports so that its memory is short and that an alpha chunk is corrupt
            throw new CorruptImageException("libwebp cannot decode it");
        }
    }

    /** A WebP file of one image without metadata. */
    private static SliceInputStream stillImage(byte[] file, WebpContainer container) {
        List<WebpChunk> chunks = Stream.of(container.alpha(), container.pixels())
                .filter(Objects::nonNull)
                .toList();
        int size = 4 + (container.translucent() ? 18 : 0);
        for (WebpChunk chunk : chunks) size += 8 + chunk.length() + (chunk.length() & 1);
        SliceInputStream webp = new SliceInputStream();
        webp.append(littleEndian(12)
                .put(latin1("RIFF"))
                .putInt(size)
                .put(latin1("WEBP"))
                .array());
        if (container.translucent()) {
            int width = container.frame().width() - 1,
                    height = container.frame().height() - 1;
            webp.append(littleEndian(18)
                    .put(latin1("VP8X"))
                    .putInt(10)
                    .putInt(WebpContainer.ALPHA_FLAG)
                    .putInt(width | height << 24)
                    .putShort((short) (height >> 8))
                    .array());
        }
        for (WebpChunk chunk : chunks)
            webp.append(file, chunk.offset() - 8, 8 + chunk.length()).append(new byte[chunk.length() & 1]);
        return webp;
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
