package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.WeightsException;
import dev.mige4j.encoder.InterleavedEmbedding;
import dev.mige4j.encoder.SequenceLayout;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Caption;
import dev.mige4j.text.Prompt;
import dev.mige4j.text.PromptTemplates;
import dev.mige4j.text.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;

/** Prompts, tokenization, and the layout of text and image tokens. */
final class TextCases {

    static final List<GoldenKind> KINDS = List.of(
            GoldenKind.single("prompts", TextCases::prompts),
            GoldenKind.single("prompt_tokens", TextCases::promptTokens),
            GoldenKind.single("tokenization", TextCases::tokenization),
            GoldenKind.of("context_embedding", TextCases::contextCases));

    private static final int PADDING = -100;

    private TextCases() {}

    static int[] toIntArray(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }

    private static JsonNode cases(Golden golden) {
        JsonNode cases = golden.json().path("cases");
        if (!cases.isArray() || cases.isEmpty())
            throw new WeightsException(golden.path().getFileName() + ": no list 'cases'.");
        return cases;
    }

    private static Tokenizer tokenizer(Golden golden) {
        return Tokenizer.read(golden.sibling(golden.json().path("model_file").asText("tokenizer/spiece.model")));
    }

    // ---- prompts ----

    private static void prompts(Golden golden, SoftAssertions checks) {
        JsonNode file = golden.json(), prefix = file.path("prefix");
        if (file.has("max_words"))
            checks.assertEqual("maximum number of words", file.get("max_words").asInt(), Caption.MAX_WORDS);
        checks.assertEqual(
                "prefixes at inference",
                List.of(
                        prefix.path("subject").asText(),
                        prefix.path("edit").asText(),
                        prefix.path("subject_edit").asText()),
                List.of(
                        PromptTemplates.INFERENCE.subject(),
                        PromptTemplates.INFERENCE.edit(),
                        PromptTemplates.INFERENCE.subjectEdit()));
        checks.assertEqual(
                "prefixes in training",
                List.of(
                        prefix.path("train_subject").asText(),
                        prefix.path("train_edit").asText(),
                        prefix.path("train_subject_edit").asText()),
                List.of(
                        PromptTemplates.TRAINING.subject(),
                        PromptTemplates.TRAINING.edit(),
                        PromptTemplates.TRAINING.subjectEdit()));
        for (JsonNode entry : cases(golden)) {
            String text = entry.path("instruction").asText(),
                    scope = entry.path("task").asText(""),
                    mode = entry.path("mode").asText();
            String prompt = buildPrompt(mode, text, scope), label = mode + " of '" + text + "'";
            checks.assertEqual(label, entry.path("prompt").asText(), prompt);
            if (entry.path("update_instruction").isTextual())
                checks.assertEqual(
                        "placeholders in '" + text + "'",
                        entry.get("update_instruction").asText(),
                        PromptTemplates.insertSourcePlaceholders(text, scope));
            if (!entry.path("prompt_segments").isArray()) continue;
            List<String> segments = new ArrayList<>();
            entry.get("prompt_segments").forEach(s -> segments.add(s.asText()));
            checks.assertEqual("segments of " + label, segments, Prompt.segments(prompt));
        }
    }

    private static String buildPrompt(String mode, String text, String scope) {
        return switch (mode) {
            case "subject" -> PromptTemplates.INFERENCE.subject(text).text();
            case "edit" -> PromptTemplates.INFERENCE.edit(text, scope).text();
            case "subject_edit" -> PromptTemplates.INFERENCE.subjectEdit(text).text();
            case "train_subject" ->
                PromptTemplates.withPrefix(PromptTemplates.TRAINING.subject(), text)
                        .text();
            case "train_edit" ->
                PromptTemplates.withPrefix(PromptTemplates.TRAINING.edit(), text)
                        .text();
            case "train_subject_edit" ->
                PromptTemplates.withPrefix(PromptTemplates.TRAINING.subjectEdit(), text)
                        .text();
            case "pre_caption" -> Caption.clean(text).text();
            default -> throw new WeightsException("The prompt golden has a case of the unknown mode '" + mode + "'.");
        };
    }

    // ---- ids ----

    private static void tokenization(Golden golden, SoftAssertions checks) {
        Tokenizer tokenizer = tokenizer(golden);
        if (golden.json().has("vocab_with_extra_ids"))
            checks.assertEqual(
                    "vocabulary size", golden.json().get("vocab_with_extra_ids").asInt(), tokenizer.vocabularySize());
        if (golden.json().has("eos_id"))
            checks.assertEqual(
                    "id of the end token", golden.json().get("eos_id").asInt(), tokenizer.eosId());
        if (golden.json().has("unk_id"))
            checks.assertEqual(
                    "id of the unknown token", golden.json().get("unk_id").asInt(), tokenizer.unkId());
        for (JsonNode entry : cases(golden)) {
            String text = entry.path("text").asText();
            if (!entry.has("fast_ids") && !entry.has("spm_ids")) checks.fail("'" + text + "' has no ids");
            if (entry.has("fast_ids"))
                checks.assertEqual("ids of '" + text + "'", toIntArray(entry.get("fast_ids")), tokenizer.encode(text));
            if (entry.has("spm_ids"))
                checks.assertEqual(
                        "SentencePiece ids of '" + text + "'",
                        toIntArray(entry.get("spm_ids")),
                        tokenizer.encodeAsSentencePiece(text));
        }
    }

    private static void promptTokens(Golden golden, SoftAssertions checks) {
        Tokenizer tokenizer = tokenizer(golden);
        for (JsonNode entry : cases(golden)) checkSegments(entry, tokenizer, true, checks);
    }

    /** Tokenizes the segments of a prompt, compares them, and returns them without the end token. */
    private static List<int[]> checkSegments(
            JsonNode entry, Tokenizer tokenizer, boolean withEnd, SoftAssertions checks) {
        String prompt = entry.path("prompt").asText();
        List<int[]> segments =
                Prompt.segments(prompt).stream().map(tokenizer::encode).toList();
        JsonNode expected = entry.path("segment_ids");
        checks.assertEqual("segments of '" + prompt + "'", expected.size(), segments.size());
        for (int i = 0; i < segments.size(); i++) {
            int[] ids = segments.get(i);
            if (withEnd && i == segments.size() - 1) {
                ids = Arrays.copyOf(ids, ids.length + 1);
                ids[ids.length - 1] = tokenizer.eosId();
            }
            checks.assertEqual("ids of segment " + i + " of '" + prompt + "'", toIntArray(expected.path(i)), ids);
        }
        return segments;
    }

    // ---- context ----

    /**
     * A JSON file with texts and the safetensors file of the same name form one case, which belongs to the JSON file.
     */
    private static List<ParityCase> contextCases(Golden golden) {
        boolean isJson = golden.json().isObject();
        String otherName = golden.path()
                .getFileName()
                .toString()
                .replaceFirst("\\.(json|safetensors)$", isJson ? ".safetensors" : ".json");
        Path other = golden.path().resolveSibling(otherName);
        if (!Files.exists(other))
            return List.of(
                    ParityCase.failing(golden.name(), "requires the file '" + otherName + "' in the same folder"));
        return isJson
                ? List.of(ParityCase.of(
                        golden.name(), checks -> checkContext(golden, Golden.open(golden.folder(), other), checks)))
                : List.of();
    }

    private static void checkContext(Golden textGolden, Golden tensorGolden, SoftAssertions checks) {
        Tokenizer tokenizer = tokenizer(textGolden);
        Tensor images = tensorGolden.get("input.image_embeds"); // [slots, Q, E]
        int slots = (int) images.size(0),
                tokensPerImage = (int) images.size(1),
                maxLength = textGolden.json().path("max_len").asInt(tensorGolden.configInt("max_len", 256));
        Tensor embeddingTable = tensorGolden.companion("weights", "t5_encoder").get("weights.t5_model.shared.weight");
        var context = new InterleavedEmbedding(embeddingTable::embedding);
        Map<String, SequenceLayout> layouts = new LinkedHashMap<>();
        Set<String> unchecked = new HashSet<>(tensorGolden.names("output."));
        for (JsonNode entry : cases(textGolden)) {
            String name = entry.path("name").asText();
            SequenceLayout layout = SequenceLayout.of(
                    checkSegments(entry, tokenizer, false, checks),
                    slots,
                    tokensPerImage,
                    maxLength,
                    textGolden.json().path("eos_id").asInt(1));
            layouts.put(name, layout);
            checks.assertEqual("length of " + name, entry.path("valid").asInt(), layout.length());
            checks.assertEqual("images of " + name, entry.path("images_used").asInt(), layout.usedImageSlots());
            Tensor embeddings = context.forward(List.of(layout), images, new int[] {slots}, () -> {
                throw new WeightsException("a slot without an image was used");
            });
            compareLayout(name, layout, embeddings, embeddingTable, maxLength, tensorGolden, unchecked, checks);
        }
        for (String name : List.copyOf(unchecked))
            if (name.matches("batch\\d+\\.attention_mask")) {
                checkBatchMask(name, layouts, tensorGolden, checks);
                unchecked.remove(name);
            }
        unchecked.forEach(name -> checks.fail("there is no comparison for 'output." + name + "'"));
    }

    private static void compareLayout(
            String name,
            SequenceLayout layout,
            Tensor embeddings,
            Tensor embeddingTable,
            int maxLength,
            Golden tensorGolden,
            Set<String> unchecked,
            SoftAssertions checks) {
        int n = layout.length();
        long[] mask = new long[maxLength], tokenSources = new long[maxLength];
        Arrays.fill(tokenSources, PADDING);
        for (int i = 0; i < n; i++) {
            mask[i] = 1;
            int position = layout.tokens()[i];
            tokenSources[i] = position >= 0 ? position : -1 - (-1 - position) / layout.tokensPerImage();
        }
        Tensor padded =
                Tensor.cat(0, embeddings, embeddingTable.embedding(Tensor.of(new int[maxLength - n], maxLength - n)));
        Map<String, Tensor> computed = new HashMap<>();
        computed.put("attention_mask", Tensor.of(mask, maxLength));
        computed.put("layout", Tensor.of(tokenSources, maxLength));
        computed.put("inputs_embeds_sum_per_token", padded.sum(false, 1));
        computed.put("valid_embeds", embeddings);
        for (var entry : computed.entrySet()) {
            String key = name + "." + entry.getKey();
            if (!unchecked.remove(key)) {
                if (!entry.getKey().equals("valid_embeds")) checks.fail("the golden has no 'output." + key + "'");
                continue;
            }
            Tensor expected = tensorGolden.get("output." + key);
            if (!expected.dtype().isFloatingPoint()) checks.assertEqual(key, expected, entry.getValue());
            else if (expected.size(0) > 0) checks.assertClose(key, expected, entry.getValue(), Tolerance.ROUNDING);
        }
    }

    /** Compares the mask of a batch: every row must be that of one of the prompts. */
    private static void checkBatchMask(
            String name, Map<String, SequenceLayout> layouts, Golden tensorGolden, SoftAssertions checks) {
        int[] lengths = T5Cases.validLengths(tensorGolden.get("output." + name));
        if (lengths == null) {
            checks.fail(name + " is not a prefix of ones");
            return;
        }
        for (int n : lengths)
            checks.assertEqual(
                    "prompt of length " + n + " in " + name,
                    true,
                    layouts.values().stream().anyMatch(l -> l.length() == n));
    }
}
