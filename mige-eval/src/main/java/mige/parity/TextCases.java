package mige.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import mige.encoder.ContextEmbedding;
import mige.encoder.Layout;
import mige.tensor.Tensor;
import mige.tensor.WeightsException;
import mige.text.Caption;
import mige.text.Prompt;
import mige.text.Prompts;
import mige.text.Tokenizer;

/** Words: how they are cleaned, prefixed, cut into ids, and laid out among pictures. */
final class TextCases {

    static final List<Kind> KINDS = List.of(
            Kind.single("prompts", TextCases::prompts),
            Kind.single("prompt_tokens", TextCases::promptTokens),
            Kind.single("tokenization", TextCases::tokenization),
            Kind.of("context_embedding", TextCases::contextCases));

    private static final int PADDING = -100;

    private TextCases() {}

    static int[] ids(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
    }

    private static JsonNode cases(Golden golden) {
        JsonNode cases = golden.json().path("cases");
        if (!cases.isArray() || cases.isEmpty()) throw new WeightsException(golden.path().getFileName() + ": has no list 'cases'.");
        return cases;
    }

    private static Tokenizer tokenizer(Golden golden) {
        return Tokenizer.read(golden.beside(golden.json().path("model_file").asText("tokenizer/spiece.model")));
    }

    // ---- prompts ----

    private static void prompts(Golden golden, Checks checks) {
        JsonNode file = golden.json(), prefix = file.path("prefix");
        if (file.has("max_words")) checks.same("most words", file.get("max_words").asInt(), Caption.MAX_WORDS);
        checks.same("prefixes at inference", List.of(prefix.path("subject").asText(), prefix.path("edit").asText(), prefix.path("subject_edit").asText()),
                List.of(Prompts.INFERENCE.subject(), Prompts.INFERENCE.edit(), Prompts.INFERENCE.subjectEdit()));
        checks.same("prefixes in training", List.of(prefix.path("train_subject").asText(), prefix.path("train_edit").asText(), prefix.path("train_subject_edit").asText()),
                List.of(Prompts.TRAINING.subject(), Prompts.TRAINING.edit(), Prompts.TRAINING.subjectEdit()));
        for (JsonNode at : cases(golden)) {
            String text = at.path("instruction").asText(), scope = at.path("task").asText(""), mode = at.path("mode").asText();
            String made = prompt(mode, text, scope), what = mode + " of '" + text + "'";
            checks.same(what, at.path("prompt").asText(), made);
            if (at.path("update_instruction").isTextual()) checks.same("marks in '" + text + "'", at.get("update_instruction").asText(), Prompts.marked(text, scope));
            if (!at.path("prompt_segments").isArray()) continue;
            List<String> segments = new ArrayList<>();
            at.get("prompt_segments").forEach(s -> segments.add(s.asText()));
            checks.same("segments of " + what, segments, Prompt.segments(made));
        }
    }

    private static String prompt(String mode, String text, String scope) {
        return switch (mode) {
            case "subject" -> Prompts.INFERENCE.subject(text).text();
            case "edit" -> Prompts.INFERENCE.edit(text, scope).text();
            case "subject_edit" -> Prompts.INFERENCE.subjectEdit(text).text();
            case "train_subject" -> Prompts.after(Prompts.TRAINING.subject(), text).text();
            case "train_edit" -> Prompts.after(Prompts.TRAINING.edit(), text).text();
            case "train_subject_edit" -> Prompts.after(Prompts.TRAINING.subjectEdit(), text).text();
            case "pre_caption" -> Caption.clean(text).text();
            default -> throw new WeightsException("The prompt golden has a case of the unknown mode '" + mode + "'.");
        };
    }

    // ---- ids ----

    private static void tokenization(Golden golden, Checks checks) {
        Tokenizer tokenizer = tokenizer(golden);
        if (golden.json().has("vocab_with_extra_ids")) checks.same("size of the vocabulary", golden.json().get("vocab_with_extra_ids").asInt(), tokenizer.size());
        if (golden.json().has("eos_id")) checks.same("id of the end", golden.json().get("eos_id").asInt(), tokenizer.endId());
        if (golden.json().has("unk_id")) checks.same("id of the unknown", golden.json().get("unk_id").asInt(), tokenizer.unknownId());
        for (JsonNode at : cases(golden)) {
            String text = at.path("text").asText();
            if (!at.has("fast_ids") && !at.has("spm_ids")) checks.fail("'" + text + "' comes without ids");
            if (at.has("fast_ids")) checks.same("ids of '" + text + "'", ids(at.get("fast_ids")), tokenizer.encode(text));
            if (at.has("spm_ids")) checks.same("plain ids of '" + text + "'", ids(at.get("spm_ids")), tokenizer.encodePlainly(text));
        }
    }

    private static void promptTokens(Golden golden, Checks checks) {
        Tokenizer tokenizer = tokenizer(golden);
        for (JsonNode at : cases(golden)) checkSegments(at, tokenizer, true, checks);
    }

    /** Tokenizes the segments of a prompt, compares, and gives them back without an end. */
    private static List<int[]> checkSegments(JsonNode at, Tokenizer tokenizer, boolean withEnd, Checks checks) {
        String prompt = at.path("prompt").asText();
        List<int[]> found = Prompt.segments(prompt).stream().map(tokenizer::encode).toList();
        JsonNode expected = at.path("segment_ids");
        checks.same("segments of '" + prompt + "'", expected.size(), found.size());
        for (int i = 0; i < found.size(); i++) {
            int[] ids = found.get(i);
            if (withEnd && i == found.size() - 1) {
                ids = Arrays.copyOf(ids, ids.length + 1);
                ids[ids.length - 1] = tokenizer.endId();
            }
            checks.same("ids of segment " + i + " of '" + prompt + "'", ids(expected.path(i)), ids);
        }
        return found;
    }

    // ---- context ----

    /** Words stand in the JSON file and numbers in the safetensors file of the same name; together they are one case, told by the JSON file. */
    private static List<Case> contextCases(Golden golden) {
        boolean words = golden.json().isObject();
        String name = golden.path().getFileName().toString().replaceFirst("\\.(json|safetensors)$", words ? ".safetensors" : ".json");
        Path other = golden.path().resolveSibling(name);
        if (!Files.exists(other)) return List.of(Case.broken(golden.name(), "needs the file '" + name + "' beside it, and there is none"));
        return words ? List.of(Case.of(golden.name(), checks -> context(golden, Golden.open(golden.folder(), other), checks))) : List.of();
    }

    private static void context(Golden words, Golden numbers, Checks checks) {
        Tokenizer tokenizer = tokenizer(words);
        Tensor pictures = numbers.get("input.image_embeds");                                    // [slots, Q, E]
        int slots = (int) pictures.size(0), rows = (int) pictures.size(1), most = words.json().path("max_len").asInt(numbers.size("max_len", 256));
        Tensor table = numbers.companion("weights", "t5_encoder").get("weights.t5_model.shared.weight");
        var context = new ContextEmbedding(table::lookup);
        Map<String, Layout> layouts = new LinkedHashMap<>();
        Set<String> open = new HashSet<>(numbers.names("output."));
        for (JsonNode at : cases(words)) {
            String name = at.path("name").asText();
            Layout layout = Layout.of(checkSegments(at, tokenizer, false, checks), slots, rows, most, words.json().path("eos_id").asInt(1));
            layouts.put(name, layout);
            checks.same("length of " + name, at.path("valid").asInt(), layout.length());
            checks.same("pictures of " + name, at.path("images_used").asInt(), layout.slots());
            Tensor places = context.forward(List.of(layout), Collections.singletonList(pictures), () -> { throw new WeightsException("a slot without a picture was asked for"); });
            compare(name, layout, places, table, most, numbers, open, checks);
        }
        for (String name : List.copyOf(open)) if (name.matches("batch\\d+\\.attention_mask")) {
            batch(name, layouts, numbers, checks);
            open.remove(name);
        }
        open.forEach(name -> checks.fail("nothing of ours answers 'output." + name + "'"));
    }

    private static void compare(String name, Layout layout, Tensor places, Tensor table, int most, Golden numbers, Set<String> open, Checks checks) {
        int n = layout.length();
        long[] mask = new long[most], where = new long[most];
        Arrays.fill(where, PADDING);
        for (int i = 0; i < n; i++) {
            mask[i] = 1;
            int place = layout.places()[i];
            where[i] = place >= 0 ? place : -1 - (-1 - place) / layout.rows();
        }
        Tensor padded = Tensor.cat(0, places, table.lookup(Tensor.of(new int[most - n], most - n)));
        Map<String, Tensor> ours = new HashMap<>();
        ours.put("attention_mask", Tensor.of(mask, most));
        ours.put("layout", Tensor.of(where, most));
        ours.put("inputs_embeds_sum_per_token", padded.sum(false, 1));
        ours.put("valid_embeds", places);
        for (var entry : ours.entrySet()) {
            String full = name + "." + entry.getKey();
            if (!open.remove(full)) {
                if (!entry.getKey().equals("valid_embeds")) checks.fail("the golden has no 'output." + full + "'");
                continue;
            }
            Tensor expected = numbers.get("output." + full);
            if (!expected.type().isFloat()) checks.same(full, expected, entry.getValue());
            else if (expected.size(0) > 0) checks.close(full, expected, entry.getValue(), Tolerance.ROUNDING);
        }
    }

    /** The mask of several prompts together: each row that of a prompt alone. */
    private static void batch(String name, Map<String, Layout> layouts, Golden numbers, Checks checks) {
        int[] lengths = EncoderCases.lengths(numbers.get("output." + name));
        if (lengths == null) {
            checks.fail(name + " does not hide the places behind an item's length");
            return;
        }
        for (int n : lengths) checks.same("a prompt of the length " + n + " of " + name, true, layouts.values().stream().anyMatch(l -> l.length() == n));
    }
}
