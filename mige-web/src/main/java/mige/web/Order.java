package mige.web;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import mige.image.Picture;
import mige.image.PictureFile;
import mige.pipeline.Region;
import mige.pipeline.Settings;
import mige.task.Instruction;
import mige.task.Task;
import mige.tensor.UsageException;

/**
 * A request understood: the task, its settings (a seed is chosen when none was given), and what it weighs in memory.
 *
 * <p>Which picture is what, for an edit: the source is the picture that {@code source} brings or names, else the first
 * one. Marks in the prompt ({@code <image>}, {@code <image:NAME>}) take the pictures in order; the source may be among
 * them or left out. A prompt without any mark gets one at its end for each picture besides the source, because clients
 * of OpenAI's API know no marks.
 */
record Order(Task task, Settings settings, long weight) {

    /** Which of the doors the request came through: with a source, without, or as the fields say. */
    enum Kind { GENERATION, EDIT, ANY }

    private static final Pattern POSITIONAL = Pattern.compile("<image(?:here)?>", Pattern.CASE_INSENSITIVE);
    private static final Pattern ANY_MARK = Pattern.compile("<image(?:here|\\s*:[^<>]*)?>", Pattern.CASE_INSENSITIVE);

    private static final Set<String> OURS = Set.of("prompt", "model", "n", "size", "seed", "steps", "guidance", "image_guidance", "region", "faithful", "source");
    /** Fields of OpenAI's API that change nothing here, whatever they say. */
    private static final Set<String> UNHEARD = Set.of("user", "quality", "style", "moderation", "input_fidelity", "output_compression", "safety_identifier");
    /** Fields of OpenAI's API with the only values that can be honoured. */
    private static final Map<String, Set<String>> FIXED = Map.of("response_format", Set.of("b64_json"), "output_format", Set.of("png"),
            "background", Set.of("auto", "opaque"), "stream", Set.of("false"), "partial_images", Set.of("0"));

    static Order of(Form form, Kind kind, Model model, Limits limits) {
        checkFields(form, model, limits);
        String prompt = form.text("prompt").orElseThrow(() -> ApiException.about("prompt", 400, "missing_parameter", "'prompt' is missing: say what to make."));
        Pictures pictures = Pictures.of(form, limits);
        Task task = task(prompt, form, kind, pictures);
        Settings settings = settings(form, pictures, task);
        checkSize(form, model, task);
        return new Order(task, settings, 3 * pictures.pixels);
    }

    // ---- fields

    private static void checkFields(Form form, Model model, Limits limits) {
        form.fields.forEach((name, value) -> {
            if (FIXED.containsKey(name)) {
                if (!FIXED.get(name).contains(value))
                    throw ApiException.about(name, 400, "unsupported_value", "'%s' is '%s'; this server can do %s.", name, Form.shown(value), String.join(" or ", new TreeSet<>(FIXED.get(name))));
            } else if (!OURS.contains(name) && !UNHEARD.contains(name)) {
                throw ApiException.about(name, 400, "unknown_parameter", "'%s' is not known; the fields are %s.", Form.shown(name), String.join(", ", new TreeSet<>(OURS)));
            }
        });
        form.text("model").filter(name -> !name.equals(model.name())).ifPresent(name -> {
            throw ApiException.about("model", 404, "model_not_found", "There is no model '%s' here; the model is '%s'.", Form.shown(name), model.name());
        });
        if (number(form, "n", 1, Order::whole) > limits.count())
            throw ApiException.about("n", 400, "invalid_value", "'n' is %s, expected 1 to %d.", form.fields.get("n"), limits.count());
        if (number(form, "steps", 2, Order::whole) > limits.steps())
            throw ApiException.about("steps", 400, "invalid_value", "'steps' is %s, expected 2 to %d.", form.fields.get("steps"), limits.steps());
    }

    private static Settings settings(Form form, Pictures pictures, Task task) {
        Settings settings = Settings.DEFAULT
                .withSeed(number(form, "seed", ThreadLocalRandom.current().nextLong(1L << 31), Long::parseLong))
                .withCount(number(form, "n", 1, Order::whole))
                .withFaithful(form.text("faithful").map(Boolean::parseBoolean).orElse(false));
        Optional<Region> region = region(form, pictures, task);
        if (region.isPresent()) settings = settings.withRegion(region.get());
        if (form.text("steps").isPresent()) settings = settings.withSteps(number(form, "steps", 0, Order::whole));
        if (form.text("guidance").isPresent()) settings = settings.withGuidance(number(form, "guidance", 0.0, Double::parseDouble));
        if (form.text("image_guidance").isPresent()) settings = settings.withImageGuidance(number(form, "image_guidance", 0.0, Double::parseDouble));
        return settings;
    }

    private static Optional<Region> region(Form form, Pictures pictures, Task task) {
        Optional<String> said = form.text("region");
        if (said.isPresent() && !Set.of("everywhere", "auto").contains(said.get()))
            throw ApiException.about("region", 400, "invalid_value", "'region' is '%s', expected everywhere or auto; send a picture as 'mask' to say where.", Form.shown(said.get()));
        if (task.canvas().isEmpty() && (pictures.mask.isPresent() || said.filter("auto"::equals).isPresent()))
            throw ApiException.about(pictures.mask.isPresent() ? "mask" : "region", 400, "invalid_value", "A new picture is changed nowhere: leave mask and region away, or send a source to edit.");
        return pictures.mask.map(Region::mask).or(() -> said.map(region -> region.equals("auto") ? Region.AUTO : Region.EVERYWHERE));
    }

    private static void checkSize(Form form, Model model, Task task) {
        String own = model.size() + "x" + model.size();
        Set<String> can = new TreeSet<>(Set.of("auto", own));
        task.canvas().ifPresent(canvas -> can.add(canvas.width() + "x" + canvas.height()));
        String size = form.text("size").orElse("auto");
        if (task.canvas().isPresent()) can.remove(own);
        if (!can.contains(size))
            throw ApiException.about("size", 400, "invalid_value", "'size' is '%s'; %s: say %s.", Form.shown(size),
                    task.canvas().isPresent() ? "an edit has the size of its source" : "this model makes pictures of one size", String.join(" or ", can));
    }

    private static Integer whole(String text) {
        return Integer.valueOf(text);
    }

    private static <N extends Number> N number(Form form, String name, N otherwise, java.util.function.Function<String, N> parse) {
        Optional<String> text = form.text(name);
        if (text.isEmpty()) return otherwise;
        try {
            return parse.apply(text.get().strip());
        } catch (NumberFormatException e) {
            throw ApiException.about(name, 400, "invalid_type", "'%s' is '%s', expected a number.", name, Form.shown(text.get()));
        }
    }

    // ---- the task

    private static Task task(String prompt, Form form, Kind kind, Pictures pictures) {
        List<Picture> positional = new ArrayList<>(pictures.positional);
        Optional<Picture> source = kind == Kind.GENERATION ? Optional.empty() : pictures.source(form);
        if (kind == Kind.GENERATION && (form.file("source").isPresent() || form.text("source").isPresent()))
            throw ApiException.about("source", 400, "invalid_value", "A generation has no source; send it to /v1/images/edits.");
        if (kind == Kind.EDIT && source.isEmpty()) {
            if (positional.isEmpty()) throw ApiException.about("image", 400, "missing_parameter", "'image' is missing: send the picture to edit.");
            source = Optional.of(positional.get(0));
            if (marks(prompt, POSITIONAL) == positional.size() - 1 || marks(prompt, ANY_MARK) == 0) positional.remove(0);
        }
        if (marks(prompt, ANY_MARK) == 0 && !prompt.isBlank()) prompt += " <image>".repeat(positional.size());
        Map<String, Picture> named = new LinkedHashMap<>(pictures.named);
        if (source.isPresent()) dropUnsaid(named, form.text("source"), prompt);
        try {
            return Task.of(Instruction.of(prompt, positional, named), source);
        } catch (UsageException e) {
            throw ApiException.about("prompt", 400, "invalid_value", "%s", e.getMessage().replaceAll("Add --image( \\S+=FILE)?", "Send one more picture"));
        }
    }

    /** A source that is named, but not said in the prompt, is no picture of the instruction. */
    private static void dropUnsaid(Map<String, Picture> named, Optional<String> source, String prompt) {
        source.filter(name -> !Pattern.compile("<image\\s*:\\s*" + Pattern.quote(name) + "\\s*>", Pattern.CASE_INSENSITIVE).matcher(prompt).find())
                .ifPresent(named::remove);
    }

    private static int marks(String prompt, Pattern pattern) {
        Matcher matcher = pattern.matcher(prompt);
        int marks = 0;
        while (matcher.find()) marks++;
        return marks;
    }

    // ---- pictures

    /** The decoded pictures; sizes are checked from the headers before the first one is decoded. */
    private record Pictures(List<Picture> positional, Map<String, Picture> named, Optional<Picture> source, Optional<Picture> mask, long pixels) {

        static Pictures of(Form form, Limits limits) {
            long pixels = 0;
            int count = 0;
            for (var files : form.files.entrySet())
                for (Form.File file : files.getValue()) {
                    pixels += check(file).pixels();
                    if (!files.getKey().equals("mask") && ++count > Instruction.MAX_PICTURES + 1)
                        throw ApiException.about("image", 400, "invalid_value", "More than %d pictures were sent; take some away.", Instruction.MAX_PICTURES + 1);
                }
            if (pixels > limits.pixels())
                throw ApiException.about("image", 422, "picture_too_large", "The pictures have %d pixels together, expected at most %d; make them smaller.", pixels, limits.pixels());
            List<Picture> positional = new ArrayList<>();
            for (Form.File file : form.images()) positional.add(decode(file, PictureFile::read));
            Map<String, Picture> named = new LinkedHashMap<>();
            form.files.forEach((name, files) -> {
                if (name.startsWith("image:")) named.put(name.substring(6), decode(files.get(0), PictureFile::read));
            });
            return new Pictures(positional, named, form.file("source").map(file -> decode(file, PictureFile::read)),
                    form.file("mask").map(file -> decode(file, Pictures::mask)), pixels);
        }

        private static PictureHeader check(Form.File file) {
            PictureHeader header = PictureHeader.of(file.bytes()).orElseThrow(() -> ApiException.about(file.label(), 415, "unsupported_picture",
                    "%s is no picture this server takes; send PNG, JPEG, GIF or BMP.", Form.shown(file.label())));
            if (header.width() > PictureFile.MAX_SIDE || header.height() > PictureFile.MAX_SIDE || header.pixels() > PictureFile.MAX_PIXELS)
                throw ApiException.about(file.label(), 422, "picture_too_large", "%s has %d x %d pixels; make it smaller.", Form.shown(file.label()), header.width(), header.height());
            return header;
        }

        private static Picture decode(Form.File file, BiFunction<byte[], String, Picture> reader) {
            try {
                return reader.apply(file.bytes(), Form.shown(file.label()));
            } catch (UsageException e) {
                throw ApiException.about(file.label(), 422, "unreadable_picture", "%s", e.getMessage());
            }
        }

        /** White where may be painted. In OpenAI's API that is where the mask is transparent; without transparency, where it is light. */
        private static Picture mask(byte[] file, String name) {
            return PictureFile.opacity(file, name).map(Pictures::inverted).orElseGet(() -> PictureFile.read(file, name));
        }

        private static Picture inverted(Picture picture) {
            byte[] rgb = picture.rgb();
            for (int i = 0; i < rgb.length; i++) rgb[i] = (byte) ~rgb[i];
            return Picture.of(picture.width(), picture.height(), rgb);
        }

        Optional<Picture> source(Form form) {
            if (source.isPresent()) return source;
            return form.text("source").map(name -> Optional.ofNullable(named.get(name)).orElseThrow(() -> ApiException.about("source", 400, "invalid_value",
                    "'source' names the picture '%s', but no picture has that name.", Form.shown(name))));
        }
    }
}
