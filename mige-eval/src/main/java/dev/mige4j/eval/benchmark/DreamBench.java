package dev.mige4j.eval.benchmark;

import dev.mige4j.eval.metric.Metric;
import dev.mige4j.task.SubjectGeneration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** DreamBench: images of given subjects in new contexts, four for each prompt. */
public final class DreamBench {

    /** Images for each prompt, made with the seeds from 0. */
    public static final int SEEDS = 4;

    private static final PublishedSuite SUITE = new PublishedSuite("subject", "DreamBench, single subjects", true);

    private static final List<ProtocolNote> NOTES = List.of(
            new ProtocolNote("Metrics", """
                    DINO and CLIP-I are means over all real images of the subject, as in DreamBooth. "input" \
                    compares with the one image that the output was made from, as the script of KOSMOS-G, which \
                    OmniGen used too. Which of them MIGE used is not stated; the second is likely, so its number \
                    stands there.""", true),
            new ProtocolNote("References", """
                    The reference is the first image of each subject. MIGE chose others: the three in its repository \
                    (dog, dog2, dog3) are cut out on black, from 02.jpg, 02.jpg and 05.jpg; which it used for the \
                    other subjects is not known. A file in MIGE's form, with own references, is read too.""", true),
            new ProtocolNote("Prompts", """
                    30 subjects with 25 prompts each and four seeds, 3,000 images, as in DreamBooth and KOSMOS-G. In \
                    the instruction the subject and the spaces around it are <ImageHere>; at the end of a prompt \
                    this is inferred. The caption of CLIP-T has the class instead.""", true),
            new ProtocolNote("Outputs", """
                    The outputs are SUBJECT/PROMPT_SEED. With MIGE's file they have the names of its program, \
                    REFERENCE_INSTRUCTION_SEED; where these are not unique, in a folder of the subject.""", false));

    private DreamBench() {}

    /**
     * Reads the benchmark.
     *
     * @param path the folder of google/dreambooth, or MIGE's file in it
     * @throws dev.mige4j.common.UsageException as {@link DreamBenchRecord#load}
     */
    public static Benchmark load(Path path) {
        List<PublishedSample> samples = new ArrayList<>();
        List<DreamBenchRecord> records = DreamBenchRecord.load(path);
        for (DreamBenchRecord record : records)
            for (int seed = 0; seed < SEEDS; seed++) {
                String item = record.subject() + "-" + record.promptIndex();
                samples.add(new PublishedSample(item + "-" + seed, item, SUITE, seed, List.of(turn(record, seed))));
            }
        return new PublishedBenchmark(
                "DreamBench",
                PublishedBenchmark.hash(records),
                List.of(SUITE),
                List.of(),
                samples,
                List.of(),
                Map.of(),
                List.of(new PublishedValue(
                        SUITE.label(),
                        Metric.DINO_INPUT,
                        "0.744",
                        "MIGE's paper, after a summary of it; with which images it compares is not stated")),
                NOTES,
                folder -> {});
    }

    private static PublishedTurn turn(DreamBenchRecord record, int seed) {
        return new PublishedTurn(
                kind(record),
                PublishedTurn.ALL,
                record.outputName(seed),
                previousOutput -> new SubjectGeneration(
                        PublishedTurn.instruction(record.instruction(), List.of(record.reference()))),
                Optional.empty(),
                true,
                List.of(
                        withReals(Metric.DINO, record),
                        withReals(Metric.CLIP_I, record),
                        Comparison.image(Metric.DINO_INPUT, record.reference()),
                        Comparison.image(Metric.CLIP_I_INPUT, record.reference()),
                        Comparison.caption(Metric.CLIP_T, record.prompt())));
    }

    /** MIGE's file does not have the class. */
    private static String kind(DreamBenchRecord record) {
        if (record.className().isEmpty()) return "subject";
        return record.isLive() ? "live subjects" : "objects";
    }

    private static Comparison withReals(Metric metric, DreamBenchRecord record) {
        return record.reals().isEmpty()
                ? Comparison.notApplicable(metric, "the real images of the subject are not there")
                : Comparison.images(metric, record.reals());
    }
}
