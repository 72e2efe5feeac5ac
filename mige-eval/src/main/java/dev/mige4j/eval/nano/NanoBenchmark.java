package dev.mige4j.eval.nano;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.eval.benchmark.Baseline;
import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.BenchmarkSample;
import dev.mige4j.eval.benchmark.BenchmarkTurn;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.eval.benchmark.Target;
import dev.mige4j.eval.embedding.Embedder;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** nano-MIGEBench as a {@link Benchmark}: rendered from a corpus, scored by {@link MetricCalculator}. */
public final class NanoBenchmark implements Benchmark {

    private final CorpusRules rules;
    private final Corpus corpus;
    private final Optional<Embedder> embedder;
    private final MetricCalculator calculator;
    private final List<ModelUnderTest> baselines;
    private final List<RenderedSample> samples;

    /**
     * The benchmark of some samples.
     *
     * @param rules the rules of the samples
     * @param embedder without one, the metrics that need it are not computed
     * @param oracle the row that reproduces the target as well as a model's VAE can
     * @param candidateCount objects in each {@link IdentityRetrieval}
     */
    public NanoBenchmark(
            CorpusRules rules,
            List<NanoSample> samples,
            Corpus corpus,
            Optional<Embedder> embedder,
            ModelUnderTest oracle,
            int candidateCount) {
        this(rules, samples, corpus, embedder, List.of(Baseline.COPY_SOURCE, oracle, Baseline.BLANK), candidateCount);
    }

    /** The same with other baselines; without the oracle there are no targets either. */
    public NanoBenchmark(
            CorpusRules rules,
            List<NanoSample> samples,
            Corpus corpus,
            Optional<Embedder> embedder,
            List<ModelUnderTest> baselines,
            int candidateCount) {
        this.rules = rules;
        this.corpus = corpus;
        this.embedder = embedder;
        this.baselines = List.copyOf(baselines);
        calculator = new MetricCalculator(corpus, embedder, candidateCount);
        this.samples = samples.stream().map(RenderedSample::new).toList();
    }

    @Override
    public String name() {
        return rules == CorpusRules.VARIED ? "nano-MIGEBench" : "nano-MIGEBench, strict";
    }

    @Override
    public List<NanoSuite> suites() {
        return List.of(NanoSuite.values());
    }

    @Override
    public List<RenderedSample> samples() {
        return samples;
    }

    @Override
    public List<ModelUnderTest> baselines() {
        return baselines;
    }

    /** The times of the requests are one of its results. */
    @Override
    public boolean warmsUp() {
        return true;
    }

    @Override
    public List<Target> targets() {
        return baselines.isEmpty() ? List.of() : NanoTargets.ALL;
    }

    @Override
    public String inputSettings() {
        return corpus.imageSize() + " pixels";
    }

    @Override
    public String scoringSettings() {
        return "CLIP " + embedder.map(Embedder::name).orElse("none") + "; " + calculator.candidateCount()
                + " retrieval candidates";
    }

    @Override
    public Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("image size", corpus.imageSize() + " x " + corpus.imageSize());
        metadata.put("CLIP model", embedder.map(Embedder::name).orElseGet(NanoBenchmark::skippedMetrics));
        return metadata;
    }

    private static String skippedMetrics() {
        return Stream.of(Metric.CLIP_I, Metric.CLIP_T, Metric.IDENTITY, Metric.SCENE)
                .map(Metric::title)
                .collect(Collectors.joining(
                        ", ", "none; not measured: ", ", and success rate for the kinds that need CLIP"));
    }

    /** {@code unseen subject} for {@link Split#UNSEEN_SUBJECT}. */
    static String label(Split split) {
        return split.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** A sample whose turns are rendered on demand. */
    public final class RenderedSample implements BenchmarkSample {
        private final NanoSample sample;

        private RenderedSample(NanoSample sample) {
            this.sample = sample;
        }

        @Override
        public String id() {
            return sample.id();
        }

        @Override
        public NanoSuite suite() {
            return sample.suite();
        }

        @Override
        public int turnCount() {
            return sample.turns().size();
        }

        @Override
        public BenchmarkTurn turn(int index) {
            return new RenderedTurn(calculator.forItem(sample.turns().get(index)));
        }
    }

    private record RenderedTurn(MetricCalculator.ItemMetrics metrics) implements BenchmarkTurn {

        @Override
        public String kind() {
            return metrics.groundTruth().spec().kind().label();
        }

        @Override
        public String split() {
            return label(metrics.groundTruth().spec().split());
        }

        @Override
        public Task task(Optional<Image> previousOutput) {
            return createTask(metrics.groundTruth(), previousOutput);
        }

        @Override
        public Task textOnlyTask(Optional<Image> previousOutput) {
            Example example = metrics.groundTruth();
            return Task.of(new Instruction(example.spec().caption(), List.of()), previousOutput.or(example::source));
        }

        @Override
        public Optional<Image> target() {
            return Optional.of(metrics.groundTruth().target());
        }

        @Override
        public Map<Metric, MetricValue> measure(Image output, Optional<Image> previousOutput) {
            Image target = metrics.groundTruth().target();
            Map<Metric, MetricValue> values = new EnumMap<>(Metric.class);
            metrics.measure(
                            Resampling.BICUBIC.resize(output, target.width(), target.height()),
                            task(previousOutput).source())
                    .forEach((metric, number) -> values.put(metric, MetricValue.of(number)));
            return values;
        }
    }

    /** The task of an example; {@code sourceOverride} replaces its source, also where the instruction refers to it. */
    private static Task createTask(Example example, Optional<Image> sourceOverride) {
        Optional<Image> original = example.source();
        List<Image> images = example.references().stream()
                .map(image ->
                        original.isPresent() && image.equals(original.get()) ? sourceOverride.orElse(image) : image)
                .toList();
        Instruction instruction = new Instruction(example.spec().instruction(), images);
        return switch (example.spec().kind().task()) {
            case "subject" -> new SubjectGeneration(instruction);
            case "edit" ->
                new InstructionEdit(
                        instruction, sourceOverride.or(() -> original).orElseThrow());
            default -> {
                Image source = sourceOverride.or(() -> original).orElseThrow();
                boolean named = example.spec().references().stream().allMatch(ReferenceSpec::isSource);
                yield named ? new InstructionEdit(instruction, source) : new SubjectEdit(instruction, source);
            }
        };
    }
}
