package dev.mige4j.eval.benchmark;

import dev.mige4j.image.Image;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.task.Task;
import java.util.Optional;

/** A trivial baseline, to compare the scores of the models with. */
public abstract class Baseline implements ModelUnderTest {

    /** Returns the source unchanged: the best possible preservation, and no edit. Applies to editing only. */
    public static final Baseline COPY_SOURCE = new Baseline("copy-source", "copy-source") {
        @Override
        public boolean supports(BenchmarkSuite suite) {
            return !suite.isGeneration();
        }

        @Override
        public Image generate(Task task, Optional<Image> target, long seed) {
            return task.source().orElseThrow();
        }
    };

    /** Returns the target itself: what a perfect model would reach, and a check of data and embedding models. */
    public static final Baseline TARGET = new Baseline("target", "target") {
        @Override
        public Image generate(Task task, Optional<Image> target, long seed) {
            return target.orElseThrow();
        }
    };

    /** Returns a gray image as large as the target: the lower bound for generation. */
    public static final Baseline BLANK = new Baseline("blank", "blank") {
        @Override
        public boolean supports(BenchmarkSuite suite) {
            return suite.isGeneration();
        }

        @Override
        public Image generate(Task task, Optional<Image> target, long seed) {
            Image size = target.orElseThrow();
            return Image.filled(size.width(), size.height(), 0x808080);
        }
    };

    private final String name, provenance;

    /** The values of {@link #name} and {@link #provenance}. */
    protected Baseline(String name, String provenance) {
        this.name = name;
        this.provenance = provenance;
    }

    /** The target encoded and decoded by the model's VAE: the upper bound for that model. */
    public static Baseline vaeOracle(Mige mige) {
        return new Baseline("vae-oracle", "vae-oracle " + mige.modelHash()) {
            @Override
            public synchronized Image generate(Task task, Optional<Image> target, long seed) { // uses all processors
                return mige.reconstruct(target.orElseThrow());
            }
        };
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String provenance() {
        return provenance;
    }
}
