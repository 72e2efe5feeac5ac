package mige.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import mige.image.Framing;
import mige.image.Picture;
import mige.image.Resampling;
import mige.tensor.Tensor;
import mige.tensor.WeightsException;

/** Pictures: how they are resized, cropped and framed, to the bit. */
final class PictureCases {

    static final List<Kind> KINDS = List.of(
            Kind.of("preprocess", PictureCases::cases),
            Kind.single("geometry", PictureCases::geometry));

    private static final Pattern FLOATS = Pattern.compile("clip(\\d+)"), BYTES = Pattern.compile("clip(\\d+)_u8"),
            ROWS = Pattern.compile("vae(\\d+)_(subject|edit)_f32_rows_(\\d+)_to_(\\d+)"), FRAMED = Pattern.compile("vae(\\d+)_(subject|edit)");

    private PictureCases() {}

    /** A case a picture: its 8-bit and float squares, and the framed pictures beside it. */
    private static List<Case> cases(Golden golden) {
        JsonNode images = golden.meta("images");
        if (!images.isArray() || images.isEmpty()) return List.of(Case.broken(golden.name(), "its metadata has no list 'images'"));
        return StreamSupport.stream(images.spliterator(), false).map(image -> {
            String file = image.path("file").asText();
            return Case.of(golden.name() + ":" + file, checks -> picture(golden, file, image, checks));
        }).toList();
    }

    private static void picture(Golden golden, String file, JsonNode image, Checks checks) throws Exception {
        Path path = golden.beside(file);
        String stem = path.getFileName().toString().replaceFirst("\\.\\w+$", "");
        Picture picture = Picture.read(path);
        checks.same("size", List.of(image.path("width").asInt(), image.path("height").asInt()), List.of(picture.width(), picture.height()));
        for (String name : golden.names("output." + stem + ".")) tensor(name, golden.get("output." + stem + "." + name), picture, checks);
        int framed = 0;
        try (var beside = Files.list(path.getParent())) {
            for (Path expected : beside.sorted().toList()) {
                String name = expected.getFileName().toString();
                if (!name.startsWith("expect_" + stem + ".")) continue;
                Matcher how = FRAMED.matcher(name.substring(("expect_" + stem + ".").length()).replaceFirst("\\.\\w+$", ""));
                if (!how.matches()) throw new WeightsException("'" + name + "' is a picture of an unknown kind.");
                checks.same(name, Picture.read(expected), framed(picture, how.group(2), Integer.parseInt(how.group(1))));
                framed++;
            }
        }
        if (framed == 0) checks.fail("there is no framed picture expect_" + stem + ".* to compare with");
    }

    private static void tensor(String name, Tensor expected, Picture picture, Checks checks) {
        Matcher floats = FLOATS.matcher(name), bytes = BYTES.matcher(name), rows = ROWS.matcher(name);
        if (floats.matches()) {
            int side = Integer.parseInt(floats.group(1));
            checks.within(name, expected, Tensor.of(Framing.encoderPlanes(picture, side), 3, side, side), Tolerance.ROUNDING);
        } else if (bytes.matches()) {
            int side = Integer.parseInt(bytes.group(1));
            checks.same(name, expected, Tensor.of(Framing.squeezed(picture, side).rgb(), side, side, 3));
        } else if (rows.matches()) {
            int side = Integer.parseInt(rows.group(1)), first = Integer.parseInt(rows.group(3)), last = Integer.parseInt(rows.group(4));
            Tensor planes = Tensor.of(framed(picture, rows.group(2), side).planes(), 3, side, side);
            checks.within(name, expected, planes.narrow(1, first, last - first + 1), Tolerance.ROUNDING);
        } else checks.fail("nothing of ours answers '" + name + "'");
    }

    private static Picture framed(Picture picture, String how, int side) {
        return how.equals("edit") ? Framing.covering(picture, side).picture() : Framing.within(picture, side).picture();
    }

    /** Sizes and offsets: a picture of noise of each size must come out as resizing and cutting with the golden's numbers makes it. */
    private static void geometry(Golden golden, Checks checks) {
        if (!golden.json().isArray() || golden.json().isEmpty()) throw new WeightsException(golden.path().getFileName() + ": is no list of sizes.");
        for (JsonNode at : golden.json()) {
            int w = at.path("w").asInt(), h = at.path("h").asInt();
            Picture noise = noise(w, h);
            JsonNode edit = at.path("edit"), subject = at.path("subject");
            if (edit.has("resized")) {
                int[] resized = TextCases.ids(edit.get("resized"));
                int side = Math.min(resized[0], resized[1]);
                Picture expected = Resampling.BILINEAR.resize(noise, resized[0], resized[1], edit.path("crop_left").asInt(), edit.path("crop_top").asInt(), side, side);
                checks.same("crop of " + w + " x " + h, expected, Framing.covering(noise, side).picture());
            }
            if (subject.has("content")) {
                int[] box = TextCases.ids(subject.get("content")), out = TextCases.ids(subject.get("out"));
                var placed = Framing.within(noise, out[0]);
                checks.same("frame of " + w + " x " + h, box, new int[] {placed.content().left(), placed.content().top(),
                        placed.content().left() + placed.content().width(), placed.content().top() + placed.content().height()});
                Picture content = Resampling.BICUBIC.resize(noise, box[2] - box[0], box[3] - box[1]);
                checks.same("content of " + w + " x " + h, Picture.filled(out[0], out[1], 0).paste(content, box[0], box[1]), placed.picture());
            }
        }
    }

    private static Picture noise(int w, int h) {
        byte[] rgb = new byte[3 * w * h];
        new Random(31L * w + h).nextBytes(rgb);
        return Picture.of(w, h, rgb);
    }
}
