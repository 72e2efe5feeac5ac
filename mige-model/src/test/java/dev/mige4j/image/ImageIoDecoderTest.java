package dev.mige4j.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ImageIoDecoderTest {

    private final Plugin plugin = new Plugin();

    @BeforeEach
    void register() {
        IIORegistry.getDefaultInstance().registerServiceProvider(plugin);
    }

    @AfterEach
    void deregister() {
        IIORegistry.getDefaultInstance().deregisterServiceProvider(plugin);
    }

    @Test
    void readsOtherFormatsWithAPlugin() {
        assertEquals(Image.filled(3, 2, 0x102030), Image.read(file("ANY!\3\2"), "x.any"));
    }

    @Test
    void checksTheSizeBeforeAPluginDecodes() {
        assertEquals("x: an image of 0 x 2 pixels", ImageFileTest.message(file("ANY!\0\2")));
    }

    @Test
    void prefersItsOwnDecodersToAPlugin() {
        byte[] png = Image.filled(1, 1, 0xff0000).toPng();
        assertEquals(Image.filled(1, 1, 0xff0000), Image.read(png, "x"));
    }

    private static byte[] file(String content) {
        return content.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Recognises everything. */
    private static final class Plugin extends ImageReaderSpi {

        private Plugin() {
            inputTypes = new Class<?>[] {ImageInputStream.class};
        }

        @Override
        public boolean canDecodeInput(Object source) throws IOException {
            return ((ImageInputStream) source).read() >= 0;
        }

        @Override
        public ImageReader createReaderInstance(Object extension) {
            return new Reader(this);
        }

        @Override
        public String getDescription(Locale locale) {
            return "any";
        }
    }

    /** Reads a signature, width and height. */
    private static final class Reader extends ImageReader {

        private Reader(Plugin plugin) {
            super(plugin);
        }

        private int byteAt(int offset) throws IOException {
            ((ImageInputStream) input).seek(offset);
            return ((ImageInputStream) input).readUnsignedByte();
        }

        @Override
        public int getNumImages(boolean allowSearch) {
            return 1;
        }

        @Override
        public int getWidth(int index) throws IOException {
            return byteAt(4);
        }

        @Override
        public int getHeight(int index) throws IOException {
            return byteAt(5);
        }

        @Override
        public Iterator<ImageTypeSpecifier> getImageTypes(int index) {
            throw new UnsupportedOperationException();
        }

        @Override
        public IIOMetadata getStreamMetadata() {
            return null;
        }

        @Override
        public IIOMetadata getImageMetadata(int index) {
            return null;
        }

        @Override
        public BufferedImage read(int index, ImageReadParam param) throws IOException {
            return Image.filled(getWidth(0), getHeight(0), 0x102030).toBufferedImage();
        }
    }
}
