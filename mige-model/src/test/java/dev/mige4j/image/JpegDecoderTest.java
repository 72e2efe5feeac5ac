package dev.mige4j.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JpegDecoderTest {

    final Image noise = ImagePreprocessingTest.noise(1, 37, 23);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "c3 |  8 | a lossless or hierarchical JPEG image, which is not supported; convert it to PNG.",
                "c9 |  8 | an arithmetic-coded JPEG image, which is not supported; recode it without loss with "
                        + "`jpegtran in.jpg > out.jpg`, or convert it to PNG.",
                "f7 |  8 | a JPEG-LS image, which is not supported; convert it to PNG.",
                "c1 | 12 | a JPEG image with 12 bits per sample, which is not supported; convert it to PNG."
            })
    void namesWhatIsNotSupported(String marker, byte bits, String message) throws Exception {
        byte[] file = ImageFileTest.encode(noise.toBufferedImage(), "jpeg", false);
        int frame = ImageFileTest.indexOf(file, 0xff, 0xc0);
        file[frame + 1] = (byte) Integer.parseInt(marker, 16);
        file[frame + 4] = bits;
        assertEquals("x: " + message, ImageFileTest.message(file));
    }

    @Test
    void boundsTheScansOfASmallFile() throws Exception {
        byte[] file = withScans(20);
        int frame = ImageFileTest.indexOf(file, 0xff, 0xc2);
        ByteBuffer.wrap(file).putShort(frame + 5, (short) 4800).putShort(frame + 7, (short) 5000);
        String message = ImageFileTest.message(file);
        assertTrue(
                message.startsWith("x: a JPEG image of 5000 x 4800 pixels in 20 scans, expected at most 12"), message);
        assertEquals(noise.width(), Image.read(withScans(20), "x").width());
        byte[] many = withScans(490);
        ByteBuffer.wrap(many).putShort(frame + 5, (short) 700).putShort(frame + 7, (short) 700);
        message = ImageFileTest.message(many);
        assertTrue(message.startsWith("x: a JPEG image of 700 x 700 pixels in 490 scans"), message);
    }

    @Test
    void countsNoScansBehindTheEndOfTheImage() throws Exception {
        byte[] file = withScans(12), twice = ImageFileTest.concat(file, file);
        assertEquals(12, JpegHeader.read(file).scans(file));
        assertEquals(12, JpegHeader.read(twice).scans(twice));
    }

    /** A progressive file whose last scan is repeated up to a number of scans. */
    private byte[] withScans(int scans) throws IOException, DecodedImage.CorruptImageException {
        byte[] file = ImageFileTest.encode(noise.toBufferedImage(), "jpeg", true);
        int last = file.length - 2;
        while ((file[last] & 255) != 0xff || (file[last + 1] & 255) != 0xda) last--;
        byte[] scan = Arrays.copyOfRange(file, last, file.length - 2);
        byte[] result = Arrays.copyOf(file, file.length - 2);
        for (int i = JpegHeader.read(file).scans(file); i < scans; i++) result = ImageFileTest.concat(result, scan);
        return ImageFileTest.concat(result, new byte[] {(byte) 0xff, (byte) 0xd9});
    }
}
