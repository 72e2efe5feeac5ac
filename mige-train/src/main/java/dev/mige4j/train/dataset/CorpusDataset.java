package dev.mige4j.train.dataset;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import dev.mige4j.train.config.ConfigKey;
import java.util.Arrays;
import java.util.List;

/** The training split of the synthetic corpus, without end; groups are the labels of {@link TaskKind}. */
public final class CorpusDataset implements TrainingDataset {

    /** Selected with the type {@code corpus}. */
    public record Config(
            @ConfigKey(
                    value = "whether to train only on examples whose objects have the orientation of their"
                            + " references, half of those with references",
                    defaultValue = "true")
            boolean matchOrientation,

            @ConfigKey(
                    value = "STRICT: what words and images do not say is always the same in the examples; VARIED: it"
                            + " varies freely",
                    defaultValue = "\"STRICT\"")
            CorpusRules rules)
            implements DatasetConfig {
        @Override
        public TrainingDataset open(DatasetContext context) {
            return new CorpusDataset(this, context);
        }

        @Override
        public String cacheKey() {
            // the choice of examples by orientation does not change their features
            return rules == CorpusRules.VARIED ? "corpus" : "corpus-strict";
        }
    }

    private final Config config;
    private final DatasetContext context;
    private Corpus corpus;

    private CorpusDataset(Config config, DatasetContext context) {
        this.config = config;
        this.context = context;
    }

    @Override
    public TrainingExample example(int index) {
        Example example = corpus().example(Split.TRAIN, context.seed(), index);
        return TrainingExample.of(
                example.spec().kind().label(), task(example), example.target(), example.mask(), context);
    }

    private static Task task(Example example) {
        Instruction instruction = new Instruction(example.instruction(), example.references());
        return switch (example.task()) {
            case "subject" -> new SubjectGeneration(instruction);
            case "edit" -> new InstructionEdit(instruction, example.source().orElseThrow());
            default -> new SubjectEdit(instruction, example.source().orElseThrow());
        };
    }

    @Override
    public List<String> groups() {
        return Arrays.stream(TaskKind.values()).map(TaskKind::label).toList();
    }

    @Override
    public boolean isUsedForTraining(int index) {
        return !config.matchOrientation() || Corpus.matchesOrientation(specification(index));
    }

    @Override
    public int[] patchCorrespondence(int index, int gridSize) {
        return corpus().patchCorrespondence(specification(index), gridSize);
    }

    /** Opened when it is first needed. */
    private synchronized Corpus corpus() {
        if (corpus == null) corpus = context.corpus().get().withMix(TaskMix.allTasks(config.rules()));
        return corpus;
    }

    private ExampleSpec specification(int index) {
        return corpus().exampleSpec(Split.TRAIN, context.seed(), index);
    }
}
