package dev.mige4j.image;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;

/** Runs a {@code javax.imageio} reader on a stream and turns its failures into one kind of exception. */
final class ImageIoDecoder {

    private ImageIoDecoder() {}

    /** Decodes with a reader whose input is set. */
    @FunctionalInterface
    interface Decoder<T> {
        T decode(ImageReader reader) throws IOException, CorruptImageException;
    }

    /**
     * Decodes with the reader that the JDK has for a format; readers of other plug-ins, which may decode to other
     * values, are not used.
     */
    static <T> T decode(ImageFormat format, ImageInputStream file, Decoder<T> decoder) throws CorruptImageException {
        return decode(jdkReader(format), file, decoder);
    }

    static <T> T decode(ImageReaderSpi provider, ImageInputStream file, Decoder<T> decoder)
            throws CorruptImageException {
        ImageReader reader = null;
        try {
            reader = provider.createReaderInstance();
            reader.setInput(file, false, true);
            return decoder.decode(reader);
        } catch (UsageException | CancelledException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new CorruptImageException("%s", describe(e));
        } finally {
            if (reader != null) reader.dispose();
        }
    }

    /** Decodes with a plug-in on the class path that recognises the file; empty if there is none. */
    static Optional<DecodedImage> decodeWithPlugin(byte[] file, String name, Runnable checkpoint)
            throws CorruptImageException {
        Optional<ImageReaderSpi> plugin = plugin(file);
        if (plugin.isEmpty()) return Optional.empty();
        return Optional.of(decode(plugin.get(), new SliceInputStream(checkpoint).append(file), reader -> {
            ImageFile.checkSize(reader.getWidth(0), reader.getHeight(0), name);
            return JdkImageConverter.convert(reader.read(0));
        }));
    }

    /** The number of pixels of a file that a plug-in on the class path recognises; 0 if there is none. */
    static long pluginPixels(byte[] file) throws CorruptImageException {
        Optional<ImageReaderSpi> plugin = plugin(file);
        if (plugin.isEmpty()) return 0;
        return decode(
                plugin.get(),
                new SliceInputStream().append(file),
                reader -> (long) reader.getWidth(0) * reader.getHeight(0));
    }

    private static Optional<ImageReaderSpi> plugin(byte[] file) {
        return providers(false).stream()
                .filter(provider -> recognizes(provider, file))
                .findFirst();
    }

    private static boolean recognizes(ImageReaderSpi provider, byte[] file) {
        try {
            return provider.canDecodeInput(new SliceInputStream().append(file));
        } catch (IOException e) {
            return false;
        }
    }

    private static ImageReaderSpi jdkReader(ImageFormat format) throws CorruptImageException {
        return providers(true).stream()
                .filter(provider -> List.of(provider.getFormatNames()).contains(format.toString()))
                .findFirst()
                .orElseThrow(() -> new CorruptImageException("this Java runtime has no %s decoder", format));
    }

    /** The readers of the JDK, or all others. */
    private static List<ImageReaderSpi> providers(boolean ofJdk) {
        List<ImageReaderSpi> providers = new ArrayList<>();
        IIORegistry.getDefaultInstance()
                .getServiceProviders(ImageReaderSpi.class, true)
                .forEachRemaining(provider -> {
                    if (ofJdk == (provider.getClass().getModule() == ImageIO.class.getModule()))
                        providers.add(provider);
                });
        return providers;
    }

    /** The message of a decoder's exception as one clause. */
    private static String describe(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause())
            if (cause instanceof EOFException) return "it ends within its pixel data";
        String message = e.getMessage() == null || e instanceof RuntimeException // of a decoder's code, not for users
                ? ""
                : e.getMessage().replaceAll("\\s+", " ").strip().replaceAll("[.!]+$", "");
        return message.isEmpty() ? "its pixel data cannot be decoded" : message;
    }
}
