package dev.mige4j.eval.benchmark;

import dev.mige4j.dataset.layout.ImageSource;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.text.PromptTemplates;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The test split of Emu Edit: edits without an expected image, which are compared with their source. */
public final class EmuEdit {

    private static final PublishedSuite SUITE = new PublishedSuite("all", "Emu Edit, test split", false);
    private static final String DIFFERENT_CAPTIONS = "captions differ", EQUAL_CAPTIONS = "captions equal";

    /** The items without the task {@code text}, which papers with seven tasks report. */
    public static final ScoreSubset SEVEN_TASKS = new ScoreSubset(
            SUITE.label(),
            "without text",
            Set.of("add", "remove", "color", "local", "style", "background", "global"),
            Set.of());

    /** The items whose captions differ: for the others, both are placeholders. */
    public static final ScoreSubset CAPTIONS_DIFFER =
            new ScoreSubset(SUITE.label(), DIFFERENT_CAPTIONS, Set.of(), Set.of(DIFFERENT_CAPTIONS));

    private static final List<ProtocolNote> NOTES = List.of(
            new ProtocolNote("Metrics", """
                    CLIP-I, DINO and L1 compare the output with its source, since there is no expected image, so an \
                    unchanged source is the best. CLIP-T compares the output with output_caption, CLIPdir the change \
                    of the image with that of the caption.""", false),
            new ProtocolNote("Items", """
                    The test split has 3,589 edits. MIGE's CLIP-I, DINO and L1 are probably over all of them, as \
                    those of OmniGen and PixWizard; papers with seven tasks leave out the task text, which gives \
                    3,055 (without text).""", true),
            new ProtocolNote("Items", """
                    CLIP-T and CLIPdir are over the edits whose captions differ, 2,899; the other 690 have the same \
                    placeholder twice. MIGE does this for CLIP-T. With them its CLIPdir would be NaN.""", false),
            new ProtocolNote("Models", """
                    CLIP ViT-B/32 and DINO ViT-S/16 as in MIGE and UltraEdit. OmniGen and ICEdit used ViT-L/14, so \
                    their numbers do not compare.""", false),
            new ProtocolNote("Instructions", """
                    With --faithful the placeholder of the image depends on the task as in MIGE's program: of the \
                    image for global, in the image for all others.""", false));

    private EmuEdit() {}

    /**
     * Reads the test split.
     *
     * @param path as in {@link EmuEditRecord#load}
     * @param faithful word the instructions of the task {@code global} as MIGE's program does
     * @throws dev.mige4j.common.UsageException as {@link EmuEditRecord#load}
     */
    public static Benchmark load(Path path, boolean faithful) {
        List<EmuEditRecord> records = EmuEditRecord.load(path);
        List<PublishedSample> samples = new ArrayList<>();
        for (EmuEditRecord record : records)
            samples.add(PublishedSample.single(record.id(), SUITE, turn(record, faithful)));
        return new PublishedBenchmark(
                "Emu Edit",
                PublishedBenchmark.hash(records),
                List.of(SUITE),
                List.of(SEVEN_TASKS, CAPTIONS_DIFFER),
                samples,
                List.of(Baseline.COPY_SOURCE),
                Map.of(),
                List.of(new PublishedValue(
                        SUITE.label(), Metric.CLIP_I, "0.862", "MIGE's paper; over which edits is not stated")),
                NOTES,
                folder -> {},
                outputs(records));
    }

    private static Map<String, Map<String, ImageSource>> outputs(List<EmuEditRecord> records) {
        Map<String, Map<String, ImageSource>> byModel = new LinkedHashMap<>();
        for (EmuEditRecord record : records)
            record.output().ifPresent(output -> byModel.computeIfAbsent(
                            record.model().orElse("published"), model -> new HashMap<>())
                    .put(record.id(), output));
        return byModel;
    }

    private static PublishedTurn turn(EmuEditRecord record, boolean faithful) {
        ImageSource source = record.source();
        return new PublishedTurn(
                record.task(),
                record.captionChanges() ? DIFFERENT_CAPTIONS : EQUAL_CAPTIONS,
                record.id(),
                previousOutput -> edit(record, source.read(), faithful),
                Optional.empty(),
                true,
                List.of(
                        Comparison.image(Metric.CLIP_I, source),
                        Comparison.image(Metric.DINO, source),
                        Comparison.image(Metric.L1, source),
                        record.captionChanges()
                                ? Comparison.caption(Metric.CLIP_T, record.outputCaption())
                                : Comparison.notApplicable(Metric.CLIP_T, "the captions are equal"),
                        record.captionChanges()
                                ? Comparison.direction(source, record.inputCaption(), record.outputCaption())
                                : Comparison.notApplicable(Metric.CLIP_DIRECTION, "the captions are equal")));
    }

    /** The faithful mode adds the placeholder itself, but does not know the task. */
    private static InstructionEdit edit(EmuEditRecord record, Image source, boolean faithful) {
        if (faithful && record.task().equals("global")) {
            String text = PromptTemplates.insertSourcePlaceholders(record.instruction(), record.task());
            if (Instruction.countPlaceholders(text) == 1)
                return new InstructionEdit(new Instruction(text, List.of(source)), source);
        }
        return PublishedTurn.edit(record.instruction(), source);
    }
}
