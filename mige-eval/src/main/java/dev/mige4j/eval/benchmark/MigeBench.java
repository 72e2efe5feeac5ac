package dev.mige4j.eval.benchmark;

import dev.mige4j.eval.metric.Metric;
import dev.mige4j.task.SubjectEdit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** MIGEBench: subject-driven edits, of which adding and replacing are reported separately. */
public final class MigeBench {

    private static final List<ProtocolNote> NOTES = List.of(
            new ProtocolNote("Metrics", """
                    DINO and CLIP-I compare the subject cropped from the output with its image on black, CLIP-T the \
                    whole output with target_caption, L1 and L2 the whole output with the target. The authors have \
                    not released their protocol; this one is inferred from their files.""", true),
            new ProtocolNote("Metrics", """
                    The subject is cropped by Grounding DINO and SAM. Where these are not given, DINO and CLIP-I are \
                    not measured; they are never replaced by those of the whole output.""", false),
            new ProtocolNote(
                    "Paper", "No number of the paper is known; it says \"best of all listed\" of MIGE.", false),
            new ProtocolNote("Outputs", """
                    The idx of a record is unique within add and replace only, so the outputs are add/IDX and \
                    replace/IDX. The authors' program writes IDX.jpg, JPEG of quality 75.""", false));

    private MigeBench() {}

    /**
     * Reads the benchmark.
     *
     * @param folder with {@code add_bench.json} and {@code replace_bench.json}
     * @throws dev.mige4j.common.UsageException as {@link MigeBenchRecord#load}
     */
    public static Benchmark load(Path folder) {
        Map<MigeBenchRecord.Operation, PublishedSuite> suites = new EnumMap<>(MigeBenchRecord.Operation.class);
        for (MigeBenchRecord.Operation operation : MigeBenchRecord.Operation.values())
            suites.put(
                    operation,
                    new PublishedSuite(operation.label(), "MIGEBench, " + operation.label() + " a subject", false));
        List<PublishedSample> samples = new ArrayList<>();
        List<MigeBenchRecord> records = MigeBenchRecord.load(folder);
        for (MigeBenchRecord record : records) {
            String operation = record.operation().label();
            samples.add(PublishedSample.single(
                    operation + "-" + record.id(), suites.get(record.operation()), turn(record)));
        }
        return new PublishedBenchmark(
                "MIGEBench",
                PublishedBenchmark.hash(records),
                List.copyOf(suites.values()),
                List.of(),
                samples,
                List.of(Baseline.COPY_SOURCE, Baseline.TARGET),
                Map.of(),
                List.of(),
                NOTES,
                images -> {});
    }

    private static PublishedTurn turn(MigeBenchRecord record) {
        String operation = record.operation().label();
        return new PublishedTurn(
                operation,
                PublishedTurn.ALL,
                operation + "/" + record.id(),
                previousOutput -> new SubjectEdit(
                        PublishedTurn.instruction(record.instruction(), record.images()),
                        record.source().read()),
                Optional.of(record.target()),
                true,
                List.of(
                        Comparison.entity(Metric.DINO, record.object(), record.entity()),
                        Comparison.entity(Metric.CLIP_I, record.object(), record.entity()),
                        Comparison.caption(Metric.CLIP_T, record.caption()),
                        Comparison.image(Metric.L1, record.target()),
                        Comparison.image(Metric.L2, record.target())));
    }
}
