package dev.mige4j.eval;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.layout.ImageSource;
import dev.mige4j.eval.benchmark.Baseline;
import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.BenchmarkSample;
import dev.mige4j.eval.benchmark.BenchmarkSuite;
import dev.mige4j.eval.benchmark.BenchmarkTurn;
import dev.mige4j.eval.benchmark.Comparison;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.image.Image;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A published benchmark in memory: edits with a source, a target and captions, named by numbers. */
final class FakeBenchmark implements Benchmark {

    record Suite(String label, String title, boolean isGeneration) implements BenchmarkSuite {}

    static final Suite EDITS = new Suite("edits", "edits of one turn", false);

    /** Its images by name; what is not there is a missing file. */
    final Map<String, Image> images = new TreeMap<>();

    final List<Sample> samples = new ArrayList<>();

    /** Samples {@code 0}, {@code 1}, ... whose sources are grey and whose targets have a colour of their own. */
    static FakeBenchmark of(int count) {
        FakeBenchmark benchmark = new FakeBenchmark();
        benchmark.images.put("subject.jpg", Image.filled(24, 24, 0x335577));
        for (int i = 0; i < count; i++) {
            benchmark.images.put(i + "_source.jpg", Image.filled(24, 16, 0x101010 * (i % 8)));
            benchmark.images.put(i + "_target.jpg", Image.filled(24, 16, 0x102030 * (i % 5)));
            benchmark.samples.add(benchmark.new Sample(String.valueOf(i), String.valueOf(i), 1));
        }
        return benchmark;
    }

    ImageSource image(String name) {
        return new ImageSource() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public byte[] file() {
                return read().toPng();
            }

            @Override
            public Image read() {
                if (!images.containsKey(name)) throw new UsageException("%s: there is no such file.", name);
                return images.get(name);
            }
        };
    }

    final class Sample implements BenchmarkSample {
        private final String id, item;
        private final int turns;

        Sample(String id, String item, int turns) {
            this.id = id;
            this.item = item;
            this.turns = turns;
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public String item() {
            return item;
        }

        @Override
        public Suite suite() {
            return EDITS;
        }

        @Override
        public int turnCount() {
            return turns;
        }

        @Override
        public String outputName(int turn) {
            return "edits/" + id + (turn == 0 ? "" : "_iter_" + (turn + 1));
        }

        @Override
        public BenchmarkTurn turn(int index) {
            ImageSource source = image(item + "_source.jpg"), target = image(item + "_target.jpg");
            return new BenchmarkTurn() {
                @Override
                public String kind() {
                    return "add";
                }

                @Override
                public String split() {
                    return "";
                }

                @Override
                public Task task(Optional<Image> previousOutput) {
                    return InstructionEdit.of("make it " + item, previousOutput.orElseGet(source::read));
                }

                @Override
                public Optional<Image> target() {
                    return Optional.of(target.read());
                }

                @Override
                public boolean isScored() {
                    return index == turns - 1;
                }

                @Override
                public List<Comparison> comparisons() {
                    return List.of(
                            Comparison.image(Metric.L1, target),
                            Comparison.image(Metric.CLIP_I, target),
                            Comparison.images(Metric.DINO, List.of(image("subject.jpg"), target)),
                            Comparison.caption(Metric.CLIP_T, "a target"),
                            item.equals("1")
                                    ? Comparison.notApplicable(Metric.CLIP_DIRECTION, "the captions are equal")
                                    : Comparison.direction(source, "a source", "a target"));
                }
            };
        }
    }

    @Override
    public String name() {
        return "FakeBench";
    }

    @Override
    public List<Suite> suites() {
        return List.of(EDITS);
    }

    @Override
    public List<Sample> samples() {
        return samples;
    }

    @Override
    public List<ModelUnderTest> baselines() {
        return List.of(Baseline.COPY_SOURCE);
    }

    @Override
    public String inputSettings() {
        return "data 1";
    }

    @Override
    public String scoringSettings() {
        return "protocol 1";
    }

    @Override
    public Map<String, String> metadata() {
        return Map.of("data", "1");
    }
}
