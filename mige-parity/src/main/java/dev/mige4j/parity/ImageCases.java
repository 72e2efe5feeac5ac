package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.WeightsException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImagePreprocessing;
import dev.mige4j.image.Resampling;
import dev.mige4j.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/** Image preprocessing: resizing, cropping and letterboxing, exact to the bit. */
final class ImageCases {

    static final List<GoldenKind> KINDS = List.of(
            GoldenKind.of("preprocess", ImageCases::cases), GoldenKind.single("geometry", ImageCases::geometry));

    private static final Pattern CLIP_FLOATS_NAME = Pattern.compile("clip(\\d+)"),
            CLIP_BYTES_NAME = Pattern.compile("clip(\\d+)_u8"),
            VAE_ROWS_NAME = Pattern.compile("vae(\\d+)_(subject|edit)_f32_rows_(\\d+)_to_(\\d+)"),
            VAE_IMAGE_NAME = Pattern.compile("vae(\\d+)_(subject|edit)");

    private ImageCases() {}

    /** One case per image: the resized CLIP inputs, and the cropped or letterboxed images next to it. */
    private static List<ParityCase> cases(Golden golden) {
        JsonNode images = golden.metadata("images");
        if (!images.isArray() || images.isEmpty())
            return List.of(ParityCase.failing(golden.name(), "its metadata has no list 'images'"));
        return StreamSupport.stream(images.spliterator(), false)
                .map(entry -> {
                    String file = entry.path("file").asText();
                    return ParityCase.of(golden.name() + ":" + file, checks -> checkImage(golden, file, entry, checks));
                })
                .toList();
    }

    private static void checkImage(Golden golden, String file, JsonNode entry, SoftAssertions checks) throws Exception {
        Path path = golden.sibling(file);
        String stem = path.getFileName().toString().replaceFirst("\\.\\w+$", "");
        Image decoded = Image.read(path);
        checks.assertEqual(
                "size",
                List.of(entry.path("width").asInt(), entry.path("height").asInt()),
                List.of(decoded.width(), decoded.height()));
        for (String name : golden.names("output." + stem + "."))
            checkTensor(name, golden.get("output." + stem + "." + name), decoded, checks);
        int framedCount = 0;
        try (var siblings = Files.list(path.getParent())) {
            for (Path expected : siblings.sorted().toList()) {
                String name = expected.getFileName().toString();
                if (!name.startsWith("expect_" + stem + ".")) continue;
                Matcher matcher = VAE_IMAGE_NAME.matcher(
                        name.substring(("expect_" + stem + ".").length()).replaceFirst("\\.\\w+$", ""));
                if (!matcher.matches()) throw new WeightsException("'" + name + "' is an image of an unknown kind.");
                checks.assertEqual(
                        name,
                        Image.read(expected),
                        frame(decoded, matcher.group(2), Integer.parseInt(matcher.group(1))));
                framedCount++;
            }
        }
        if (framedCount == 0) checks.fail("there is no preprocessed image expect_" + stem + ".* to compare with");
    }

    private static void checkTensor(String name, Tensor expected, Image image, SoftAssertions checks) {
        Matcher floats = CLIP_FLOATS_NAME.matcher(name),
                bytes = CLIP_BYTES_NAME.matcher(name),
                rows = VAE_ROWS_NAME.matcher(name);
        if (floats.matches()) {
            int side = Integer.parseInt(floats.group(1));
            checks.assertCloseAbsolute(
                    name,
                    expected,
                    Tensor.of(ImagePreprocessing.clipPlanes(image, side), 3, side, side),
                    Tolerance.ROUNDING);
        } else if (bytes.matches()) {
            int side = Integer.parseInt(bytes.group(1));
            checks.assertEqual(
                    name,
                    expected,
                    Tensor.of(ImagePreprocessing.stretch(image, side).rgb(), side, side, 3));
        } else if (rows.matches()) {
            int side = Integer.parseInt(rows.group(1)),
                    first = Integer.parseInt(rows.group(3)),
                    last = Integer.parseInt(rows.group(4));
            Tensor planes = Tensor.of(frame(image, rows.group(2), side).toPlanes(), 3, side, side);
            checks.assertCloseAbsolute(name, expected, planes.narrow(1, first, last - first + 1), Tolerance.ROUNDING);
        } else checks.fail("there is no comparison for '" + name + "'");
    }

    private static Image frame(Image image, String mode, int side) {
        return mode.equals("edit")
                ? ImagePreprocessing.centerCrop(image, side).image()
                : ImagePreprocessing.letterbox(image, side).image();
    }

    /**
     * Sizes and offsets: preprocessing a noise image of each size must give the same result as resizing and cropping it
     * with the numbers of the golden.
     */
    private static void geometry(Golden golden, SoftAssertions checks) {
        if (!golden.json().isArray() || golden.json().isEmpty())
            throw new WeightsException(golden.path().getFileName() + ": not a list of sizes.");
        for (JsonNode entry : golden.json()) {
            int w = entry.path("w").asInt(), h = entry.path("h").asInt();
            Image noise = noiseImage(w, h);
            JsonNode edit = entry.path("edit"), subject = entry.path("subject");
            if (edit.has("resized")) {
                int[] resized = TextCases.toIntArray(edit.get("resized"));
                int side = Math.min(resized[0], resized[1]);
                Image expected = Resampling.BILINEAR.resize(
                        noise,
                        resized[0],
                        resized[1],
                        edit.path("crop_left").asInt(),
                        edit.path("crop_top").asInt(),
                        side,
                        side);
                checks.assertEqual(
                        "crop of " + w + " x " + h,
                        expected,
                        ImagePreprocessing.centerCrop(noise, side).image());
            }
            if (subject.has("content")) {
                int[] box = TextCases.toIntArray(subject.get("content")),
                        outputSize = TextCases.toIntArray(subject.get("out"));
                var framed = ImagePreprocessing.letterbox(noise, outputSize[0]);
                checks.assertEqual("frame of " + w + " x " + h, box, new int[] {
                    framed.content().left(),
                    framed.content().top(),
                    framed.content().left() + framed.content().width(),
                    framed.content().top() + framed.content().height()
                });
                Image content = Resampling.BICUBIC.resize(noise, box[2] - box[0], box[3] - box[1]);
                checks.assertEqual(
                        "content of " + w + " x " + h,
                        Image.filled(outputSize[0], outputSize[1], 0).paste(content, box[0], box[1]),
                        framed.image());
            }
        }
    }

    private static Image noiseImage(int w, int h) {
        byte[] rgb = new byte[3 * w * h];
        new Random(31L * w + h).nextBytes(rgb);
        return Image.of(w, h, rgb);
    }
}
