package dev.mige4j.image;

import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The image of a WebP file or, if it is animated, its first frame, and where it lies on the canvas.
 *
 * @param width width of the canvas
 * @param height height of the canvas
 * @param frame where the image lies on the canvas
 * @param animated whether the frame may be smaller than the canvas
 * @param translucent whether the header announces an alpha channel
 * @param alpha the chunk with the alpha channel of a lossy image, or null
 * @param pixels the chunk VP8 (lossy) or VP8L (lossless)
 */
record WebpContainer(
        int width, int height, Frame frame, boolean animated, boolean translucent, WebpChunk alpha, WebpChunk pixels) {

    /** A rectangle on the canvas. */
    record Frame(int left, int top, int width, int height) {}

    /** The bit of the chunk VP8X that announces an alpha channel. */
    static final int ALPHA_FLAG = 0x10;

    private static final int FRAME_HEADER_BYTES = 16;

    static WebpContainer read(byte[] file) throws CorruptImageException {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        Map<String, WebpChunk> chunks = byType(WebpChunk.list(file));
        WebpChunk extended = chunks.get("VP8X"), animation = chunks.get("ANMF");
        if (extended != null && extended.length() < 10) throw new CorruptImageException("its header is cut off");
        int left = 0, top = 0;
        Map<String, WebpChunk> image = chunks;
        boolean animated = animation != null && extended != null;
        if (animated) {
            if (animation.length() < FRAME_HEADER_BYTES) throw new CorruptImageException("its first frame is cut off");
            left = 2 * uint24(bytes, animation.offset());
            top = 2 * uint24(bytes, animation.offset() + 3);
            image = byType(WebpChunk.list(
                    file, animation.offset() + FRAME_HEADER_BYTES, animation.offset() + animation.length()));
        }
        WebpChunk pixels = image.containsKey("VP8L") ? image.get("VP8L") : image.get("VP8 ");
        if (pixels == null) throw new CorruptImageException("it has no pixel data; it may be cut off");
        Frame frame = frame(bytes, pixels, left, top);
        int width = extended == null ? frame.width : 1 + uint24(bytes, extended.offset() + 4);
        int height = extended == null ? frame.height : 1 + uint24(bytes, extended.offset() + 7);
        WebpChunk alpha = extended != null && pixels.type().equals("VP8 ") ? image.get("ALPH") : null;
        boolean translucent = alpha != null || (extended != null && (file[extended.offset()] & ALPHA_FLAG) != 0);
        return new WebpContainer(width, height, frame, animated, translucent, alpha, pixels);
    }

    /** Checks that the frame lies on the canvas, or covers it if the file is not animated. */
    void checkFrame() throws CorruptImageException {
        boolean fits = animated
                ? frame.left + frame.width <= width && frame.top + frame.height <= height
                : frame.width == width && frame.height == height;
        if (!fits)
            throw new CorruptImageException(
                    "its pixel data of %d x %d do not fit its canvas of %d x %d",
                    frame.width, frame.height, width, height);
    }

    private static Frame frame(ByteBuffer bytes, WebpChunk pixels, int left, int top) throws CorruptImageException {
        int at = pixels.offset();
        if (pixels.length() < 10) throw new CorruptImageException("it ends within its pixel data");
        if (pixels.type().equals("VP8L")) {
            int bits = bytes.getInt(at + 1);
            return new Frame(left, top, 1 + (bits & 0x3fff), 1 + (bits >>> 14 & 0x3fff));
        }
        return new Frame(left, top, bytes.getChar(at + 6) & 0x3fff, bytes.getChar(at + 8) & 0x3fff);
    }

    private static Map<String, WebpChunk> byType(List<WebpChunk> chunks) {
        return chunks.stream().collect(Collectors.toMap(WebpChunk::type, Function.identity(), (first, other) -> first));
    }

    private static int uint24(ByteBuffer bytes, int offset) {
        return bytes.getChar(offset) | (bytes.get(offset + 2) & 255) << 16;
    }
}
