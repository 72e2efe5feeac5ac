package dev.mige4j.train.dataset;

import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.sprites.Sprite;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import dev.mige4j.image.SubjectCutout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The images of a folder that show one subject, each cut out where that is possible: by the mask {@code NAME-mask.png}
 * beside it, bright where the subject is; else by its alpha; else by the colour of its plain background. Photographs
 * are kept with a longest side of 1,536 pixels, more than any model sees of them.
 *
 * @param images in the order of the file names
 */
public record SubjectImages(List<SubjectImage> images) {

    private static final String MASK_SUFFIX = "-mask", MASK_ENDING = "png";
    private static final int MAX_SIDE = 1536;
    private static final Set<String> ENDINGS = Set.of("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff");

    /**
     * An image of the subject.
     *
     * @param file its file name
     * @param image the whole image
     * @param cutOut the subject alone, with alpha, cropped to what is visible; empty when no mask was found
     */
    public record SubjectImage(String file, Image image, Optional<Image> cutOut) {

        /**
         * The cut-out as a sprite.
         *
         * @param maxSide its longest side at most, in pixels
         */
        Sprite sprite(String concept, String iconSet, int maxSide) {
            Image cut = cutOut.orElseThrow();
            int longest = Math.max(cut.width(), cut.height());
            double scale = Math.min(1, (double) maxSide / longest);
            int w = Math.max(1, (int) Math.round(scale * cut.width())),
                    h = Math.max(1, (int) Math.round(scale * cut.height()));
            byte[] premultiplied = resize(Image.of(cut.width(), cut.height(), cut.rgb()), w, h),
                    alpha = resize(grey(cut.width(), cut.height(), cut.alpha()), w, h);
            int[] argb = new int[w * h];
            for (int i = 0; i < argb.length; i++) {
                int a = alpha[3 * i] & 255;
                argb[i] = a << 24
                        | Math.min(a, premultiplied[3 * i] & 255) << 16
                        | Math.min(a, premultiplied[3 * i + 1] & 255) << 8
                        | Math.min(a, premultiplied[3 * i + 2] & 255);
            }
            return Sprite.of(concept, iconSet, w, h, argb);
        }

        private static byte[] resize(Image image, int width, int height) {
            return (image.width() == width && image.height() == height
                            ? image
                            : Resampling.BICUBIC.resize(image, width, height))
                    .rgb();
        }

        private static Image grey(int width, int height, byte[] values) {
            byte[] rgb = new byte[3 * values.length];
            for (int i = 0; i < rgb.length; i++) rgb[i] = values[i / 3];
            return Image.of(width, height, rgb);
        }
    }

    public SubjectImages {
        images = List.copyOf(images);
    }

    /**
     * Reads the images of a folder; its subfolders and other files are left out.
     *
     * @throws UsageException when the folder has too few or too many images, one cannot be read, or a mask does not
     *     belong to its image
     */
    public static SubjectImages read(Path folder, int min, int max) {
        if (!Files.isDirectory(folder)) throw new UsageException("%s: no such folder", folder);
        List<Path> files = imageFiles(folder);
        Map<String, Path> masks = masks(files);
        files.removeAll(masks.values());
        if (files.size() < min || files.size() > max)
            throw new UsageException(
                    "%s has %d images, expected %d to %d (%s).",
                    folder, files.size(), min, max, "PNG, JPEG, WebP, GIF, BMP or TIFF; masks end in -mask.png");
        return new SubjectImages(files.stream()
                .map(file -> read(file, Optional.ofNullable(masks.get(stem(file)))))
                .toList());
    }

    /** The masks among the files, by the {@link #stem} of their images. */
    private static Map<String, Path> masks(List<Path> files) {
        Set<String> stems = files.stream().map(SubjectImages::stem).collect(Collectors.toSet());
        Map<String, Path> masks = new LinkedHashMap<>();
        for (Path file : files) {
            if (!stem(file).endsWith(MASK_SUFFIX)) continue;
            String image = stem(file).substring(0, stem(file).length() - MASK_SUFFIX.length());
            boolean isPng = ending(file).equals(MASK_ENDING);
            if (isPng && !stems.contains(image))
                throw new UsageException(
                        "%s is the mask of no image; a mask is named as its image, NAME-mask.png beside NAME.jpg.",
                        file);
            if (!isPng && stems.contains(image))
                throw new UsageException("%s is named as a mask, which must be a PNG file; save it as one.", file);
            if (isPng) masks.put(image, file);
        }
        return masks;
    }

    /** The name of a file without its ending, in lower case. */
    private static String stem(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.substring(0, Math.max(0, name.lastIndexOf('.')));
    }

    private static String ending(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static List<Path> imageFiles(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(SubjectImages::isImage).sorted().collect(Collectors.toCollection(ArrayList::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isImage(Path file) {
        return Files.isRegularFile(file)
                && !file.getFileName().toString().startsWith(".")
                && ENDINGS.contains(ending(file));
    }

    private static SubjectImage read(Path file, Optional<Path> mask) {
        Image image = Image.read(file);
        Optional<Image> cutOut = mask.isPresent() ? byMask(image, mask.get()) : SubjectCutout.find(image);
        return new SubjectImage(
                file.getFileName().toString(), reduce(image), cutOut.map(SubjectImages::reduceWithAlpha));
    }

    private static Image reduce(Image image) {
        int longest = Math.max(image.width(), image.height());
        return longest <= MAX_SIDE
                ? image
                : Resampling.BICUBIC.resize(image, reduced(image.width(), longest), reduced(image.height(), longest));
    }

    private static int reduced(int side, int longest) {
        return Math.max(1, Math.round((float) side * MAX_SIDE / longest));
    }

    private static Image reduceWithAlpha(Image image) {
        if (Math.max(image.width(), image.height()) <= MAX_SIDE) return image;
        Image onBlack = reduce(image);
        byte[] grey = reduce(SubjectImage.grey(image.width(), image.height(), image.alpha()))
                .rgb();
        byte[] rgb = onBlack.rgb(), alpha = new byte[rgb.length / 3];
        for (int i = 0; i < alpha.length; i++) {
            alpha[i] = grey[3 * i];
            int a = alpha[i] & 255;
            for (int c = 3 * i; c < 3 * i + 3; c++)
                if (a > 0) rgb[c] = (byte) Math.min(255, ((rgb[c] & 255) * 255 + a / 2) / a);
        }
        return Image.of(onBlack.width(), onBlack.height(), rgb, alpha);
    }

    private static Optional<Image> byMask(Image image, Path mask) {
        Optional<Image> cutOut;
        try {
            cutOut = SubjectCutout.of(image, Image.read(mask));
        } catch (UsageException e) {
            throw new UsageException("%s: %s", mask, e.getMessage(), e);
        }
        if (cutOut.isEmpty())
            throw new UsageException(
                    "%s shows nothing or everything of its image; paint the subject white on black.", mask);
        return cutOut;
    }

    /** The images in which the subject is cut out. */
    public List<SubjectImage> cutOuts() {
        return images.stream().filter(image -> image.cutOut().isPresent()).toList();
    }

    /**
     * Checks that at least one subject is cut out.
     *
     * @param folder of the images, for the message
     */
    public void requireCutOut(Object folder) {
        if (cutOuts().isEmpty())
            throw new UsageException(
                    "%s: no subject could be cut out; give masks (NAME-mask.png), images with alpha, or images in front"
                            + " of a background of one colour.",
                    folder);
    }

    /** The names of the images without a cut-out. */
    public List<String> withoutCutOut() {
        return images.stream()
                .filter(image -> image.cutOut().isEmpty())
                .map(SubjectImage::file)
                .toList();
    }

    /** Identifies images and cut-outs: 16 hexadecimal digits. */
    public String fingerprint() {
        List<String> hashes = new ArrayList<>();
        for (SubjectImage image : images) {
            hashes.add(image.image().sha256());
            hashes.add(image.cutOut().map(Image::sha256).orElse("-"));
        }
        byte[] digest = Sha256.newDigest().digest(String.join(" ", hashes).getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest).substring(0, 16);
    }
}
