package dev.mige4j.cli;

import dev.mige4j.eval.benchmark.BenchmarkSelection;
import dev.mige4j.eval.benchmark.MagicBrush;
import dev.mige4j.eval.embedding.ClipTextPreparation;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mige eval magicbrush}: edits of photographs, one after the other. */
@Command(
        name = "magicbrush",
        description = "Evaluates on MagicBrush: 1,053 edits in 535 sessions.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige eval magicbrush --data MagicBrush/test --items 20 -o magicbrush      (run again to resume)",
            "  mige eval magicbrush --data MagicBrush/test --model models/mige-xl --clip models/clip \\",
            "    --dino models/dino -o magicbrush",
            "  mige eval magicbrush --data MagicBrush/test --images their-outputs --turns final -o theirs",
            "  mige eval magicbrush --data magicbrush-hub --items 20 -o dev      (the hub's split dev)"
        })
final class EvalMagicBrushCommand implements Callable<Integer> {

    /** Which outputs are evaluated. */
    enum Turns {
        SINGLE("all-turns"),
        FINAL("final-turn"),
        ALL("");

        private final String suite;

        Turns(String suite) {
            this.suite = suite;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--turns",
            paramLabel = "TURNS",
            defaultValue = "all",
            description = "single: each edit of the true image before it, the suite all-turns; final: the last image"
                    + " after all edits of a session, the suite final-turn; all: both. Default: ${DEFAULT-VALUE}.")
    private Turns turns;

    @Option(
            names = "--openai-preprocessing",
            description = "Prepare images and captions for CLIP as the authors' script does, not as MIGE's evaluation.")
    private boolean openAiPreprocessing;

    @Mixin
    private BenchmarkOptions options;

    @Override
    public Integer call() {
        return options.evaluate(
                data -> turns == Turns.ALL
                        ? MagicBrush.load(data)
                        : BenchmarkSelection.of(
                                MagicBrush.load(data),
                                sample -> sample.suite().label().equals(turns.suite),
                                "the suite " + turns.suite),
                openAiPreprocessing ? ClipTextPreparation.OPENAI : ClipTextPreparation.HUB);
    }
}
