package dev.mige4j.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/** Encodes images as 8-bit PNG, RGB or, with alpha, RGBA; the same image and texts give the same bytes. */
final class PngEncoder {

    private PngEncoder() {}

    /** Encodes an image with texts, sorted by keyword. */
    static void encode(Image image, Map<String, String> texts, OutputStream stream) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PngChunk.writeSignature(out);
        PngChunk.write(
                out,
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(image.width())
                        .putInt(image.height())
                        .put(new byte[] {8, (byte) (image.hasAlpha() ? 6 : 2), 0, 0, 0}) // 8-bit RGB(A), not interlaced
                        .array());
        new TreeMap<>(texts).forEach((key, text) -> PngText.write(out, key, text.replace('\0', ' ')));
        PngChunk.write(out, "IDAT", compressRows(image));
        PngChunk.write(out, "IEND", new byte[0]);
        out.writeTo(stream);
    }

    /** Compresses all rows, each with the filter that minimises the sum of absolute differences. */
    private static byte[] compressRows(Image image) {
        int channels = image.hasAlpha() ? 4 : 3, stride = channels * image.width();
        byte[] row = new byte[stride], rowAbove = new byte[stride];
        byte[][] candidates = new byte[5][stride + 1];
        int[] predictions = new int[5]; // of filter types None (always 0), Sub, Up, Average, Paeth
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(6);
        try (OutputStream deflated = new DeflaterOutputStream(out, deflater, 1 << 16)) {
            for (int y = 0; y < image.height(); y++) {
                byte[] swap = rowAbove;
                rowAbove = row;
                row = swap;
                copyRow(image, y, row);
                int[] cost = new int[5];
                for (int i = 0; i < stride; i++) {
                    int value = row[i] & 255, left = i < channels ? 0 : row[i - channels] & 255;
                    int above = rowAbove[i] & 255, upperLeft = i < channels ? 0 : rowAbove[i - channels] & 255;
                    predictions[1] = left;
                    predictions[2] = above;
                    predictions[3] = (left + above) / 2;
                    predictions[4] = paeth(left, above, upperLeft);
                    for (int filter = 0; filter < 5; filter++) {
                        byte residual = (byte) (value - predictions[filter]);
                        candidates[filter][i + 1] = residual;
                        cost[filter] += Math.abs(residual);
                    }
                }
                int best = 0;
                for (int filter = 1; filter < 5; filter++) if (cost[filter] < cost[best]) best = filter;
                candidates[best][0] = (byte) best;
                deflated.write(candidates[best]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // cannot happen: the stream is in memory
        } finally {
            deflater.end();
        }
        return out.toByteArray();
    }

    /** Copies the samples of one row, with alpha after the colours of each pixel unless the image is opaque. */
    private static void copyRow(Image image, int y, byte[] row) {
        int width = image.width();
        byte[] rgb = image.rawPixels(), alpha = image.rawAlpha();
        if (alpha == null) {
            System.arraycopy(rgb, 3 * y * width, row, 0, row.length);
            return;
        }
        for (int pixel = y * width, to = 0; to < row.length; pixel++, to += 4) {
            System.arraycopy(rgb, 3 * pixel, row, to, 3);
            row[to + 3] = alpha[pixel];
        }
    }

    private static int paeth(int left, int above, int upperLeft) {
        int prediction = left + above - upperLeft,
                a = Math.abs(prediction - left),
                b = Math.abs(prediction - above),
                c = Math.abs(prediction - upperLeft);
        return a <= b && a <= c ? left : b <= c ? above : upperLeft;
    }
}
