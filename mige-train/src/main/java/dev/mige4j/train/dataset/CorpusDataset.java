package dev.mige4j.train.dataset;

import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.pipeline.ModelDomain;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import dev.mige4j.text.TrainingWords;
import dev.mige4j.train.config.ConfigKey;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The training split of the synthetic corpus, without end; groups are the labels of {@link TaskKind}. A model whose
 * prompts are text-only gets the names of the references in place of the images.
 */
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
            CorpusRules rules,

            @ConfigKey(
                    value = "share, 0 to 1, of edits that follow the VARIED rules although the other examples follow"
                            + " the STRICT ones; their held-out loss is reported as held_out_varied_TASK",
                    defaultValue = "0")
            double variedShare)
            implements DatasetConfig {

        public Config {
            if (!(variedShare >= 0 && variedShare <= 1))
                throw new UsageException("variedShare is %s, expected 0 to 1.", variedShare);
            if (rules == CorpusRules.VARIED && variedShare > 0)
                throw new UsageException(
                        "variedShare is %s, but with the rules VARIED all examples are varied; set rules to STRICT.",
                        variedShare);
        }

        @Override
        public TrainingDataset open(DatasetContext context) {
            return new CorpusDataset(this, context);
        }

        /** Drawings, and the words of so many instructions that none is missing. */
        @Override
        public ModelDomain domain(Supplier<Corpus> corpus) {
            Corpus opened = corpus.get();
            return new ModelDomain(
                    true,
                    TrainingWords.of(IntStream.range(0, DOMAIN_EXAMPLES)
                            .mapToObj(i -> opened.withMix(mix(rulesOf(i)))
                                    .exampleSpec(Split.TRAIN, 0, i)
                                    .instruction())
                            .toList()));
        }

        @Override
        public String cacheKey() {
            // the choice of examples by orientation does not change their features
            if (rules == CorpusRules.VARIED) return "corpus";
            return variedShare == 0 ? "corpus-strict" : "corpus-strict-varied-edits-" + variedShare;
        }

        /** Varied examples among strict ones are edits: a source shows the size and place that words leave open. */
        TaskMix mix(CorpusRules exampleRules) {
            return exampleRules == rules ? TaskMix.allTasks(rules) : TaskMix.VARIED_EDITS;
        }

        /** The varied examples are spread evenly. */
        CorpusRules rulesOf(int index) {
            return (long) ((index + 1) * variedShare) > (long) (index * variedShare) ? CorpusRules.VARIED : rules;
        }
    }

    private static final int DOMAIN_EXAMPLES = 20_000;

    private final Config config;
    private final DatasetContext context;
    private final boolean textOnly;
    private final Map<CorpusRules, Corpus> corpora = new EnumMap<>(CorpusRules.class);

    private CorpusDataset(Config config, DatasetContext context) {
        this.config = config;
        this.context = context;
        textOnly = context.model().prompts().textOnly();
    }

    @Override
    public TrainingExample example(int index) {
        CorpusRules rules = config.rulesOf(index);
        Corpus corpus = corpus(rules);
        Example example = corpus.example(Split.TRAIN, context.seed(), index);
        TrainingExample training = TrainingExample.of(
                        example.spec().kind().label(),
                        textOnly ? textOnlyTask(example) : task(example),
                        example.target(),
                        example.mask(),
                        context)
                .withTask(example.task());
        if (!textOnly)
            training =
                    training.withPatchCorrespondence(gridSize -> corpus.patchCorrespondence(example.spec(), gridSize));
        return rules == config.rules() ? training : training.withTask("varied_" + training.task());
    }

    /** The task with the names of the references in place of the images. */
    private static Task textOnlyTask(Example example) {
        return Task.of(new Instruction(example.spec().caption(), List.of()), example.source());
    }

    static Task task(Example example) {
        Instruction instruction = new Instruction(example.instruction(), example.references());
        return switch (example.task()) {
            case "subject" -> new SubjectGeneration(instruction);
            case "edit" -> new InstructionEdit(instruction, example.source().orElseThrow());
            default -> new SubjectEdit(instruction, example.source().orElseThrow());
        };
    }

    @Override
    public String fingerprint() {
        return textOnly ? "-text-only" : "";
    }

    @Override
    public List<String> groups() {
        return Arrays.stream(TaskKind.values()).map(TaskKind::label).toList();
    }

    @Override
    public boolean isUsedForTraining(int index) {
        return !config.matchOrientation() || Corpus.matchesOrientation(specification(index));
    }

    /** Opened when it is first needed. */
    private synchronized Corpus corpus(CorpusRules rules) {
        return corpora.computeIfAbsent(rules, r -> context.corpus().get().withMix(config.mix(r)));
    }

    private ExampleSpec specification(int index) {
        return corpus(config.rulesOf(index)).exampleSpec(Split.TRAIN, context.seed(), index);
    }
}
