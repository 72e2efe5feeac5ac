package dev.mige4j.cli;

import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.BenchmarkSelection;
import dev.mige4j.eval.benchmark.EmuEdit;
import dev.mige4j.eval.benchmark.ScoreSubset;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mige eval emu-edit}: edits of eight kinds. */
@Command(
        name = "emu-edit",
        description = "Evaluates on the test split of Emu Edit: 3,589 edits of eight kinds.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige eval emu-edit --data emu_edit_test_set --items 20 -o emu-edit      (run again to resume)",
            "  mige eval emu-edit --data emu_edit_test_set --model models/mige-xl --faithful \\",
            "    --clip models/clip --dino models/dino -o emu-edit",
            "  mige eval emu-edit --data emu_edit_test_set --images their-outputs --clip models/clip -o theirs",
            "  mige eval emu-edit --data emu_edit_test_set_generations -o published      (Emu Edit's own outputs)",
            "  mige eval emu-edit --data emu_edit_test_set --part 1/4 -o part-1      (and 2/4, 3/4, 4/4 elsewhere)"
        })
final class EvalEmuEditCommand implements Callable<Integer> {

    /** The subsets that papers report. */
    enum Subset {
        ALL(Optional.empty()),
        SEVEN_TASKS(Optional.of(EmuEdit.SEVEN_TASKS)),
        CAPTIONS_DIFFER(Optional.of(EmuEdit.CAPTIONS_DIFFER));

        @SuppressWarnings("ImmutableEnumChecker") // an immutable record
        private final Optional<ScoreSubset> selected;

        Subset(Optional<ScoreSubset> selected) {
            this.selected = selected;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @Option(
            names = "--subset",
            paramLabel = "SUBSET",
            defaultValue = "all",
            description = "all, with tables of the other two; seven-tasks: the 3,055 edits without the task text;"
                    + " captions-differ: the 2,899 whose captions are not equal. Default: ${DEFAULT-VALUE}.")
    private Subset subset;

    @Mixin
    private BenchmarkOptions options;

    @Override
    public Integer call() {
        return options.evaluate(data -> {
            Benchmark whole = EmuEdit.load(data, options.isFaithful());
            return subset.selected
                    .map(selected -> BenchmarkSelection.of(
                            whole,
                            sample -> selected.contains(
                                    sample.turn(0).kind(), sample.turn(0).split()),
                            "the subset '" + selected.label() + "'"))
                    .orElse(whole);
        });
    }
}
