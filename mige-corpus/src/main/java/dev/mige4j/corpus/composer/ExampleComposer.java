package dev.mige4j.corpus.composer;

import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.util.function.Supplier;

/**
 * Composes example specifications: a task kind, objects, a scene, the instruction, and the source and target scenes
 * that differ as the instruction requests. The result depends on (split, seed, index), the mix and the available
 * sprites only. Thread-safe.
 */
public final class ExampleComposer {

    private static final int MAX_ATTEMPTS = 200;
    private static final long SEED_MULTIPLIER = 0x2545F4914F6CDD1DL;

    private final SpriteStore sprites;
    private final TaskMix mix;
    private final ConceptPools concepts;

    public ExampleComposer(SpriteStore sprites, TaskMix mix) {
        this(sprites, mix, ConceptPools.of(sprites));
    }

    private ExampleComposer(SpriteStore sprites, TaskMix mix, ConceptPools concepts) {
        this.sprites = sprites;
        this.mix = mix;
        this.concepts = concepts;
    }

    /** A composer of the same sprites with another task mix. */
    public ExampleComposer withMix(TaskMix mix) {
        return new ExampleComposer(sprites, mix, concepts);
    }

    /** An example of a task kind that is sampled from the mix. */
    public ExampleSpec compose(Split split, long seed, long index) {
        RandomStream random = RandomStream.named(seed * SEED_MULTIPLIER + index, split.name());
        return compose(
                split,
                random,
                () -> split == Split.UNSEEN_LOOK
                        ? random.choice(TaskKind.COLOUR, TaskKind.TEXTURE)
                        : mix.sample(random));
    }

    /**
     * An example of one task kind.
     *
     * @throws UsageException when the sprites or the split do not allow an example of this kind
     */
    public ExampleSpec compose(Split split, long seed, long index, TaskKind kind) {
        return compose(split, RandomStream.named(seed * SEED_MULTIPLIER + index, split.name()), () -> kind);
    }

    private ExampleSpec compose(Split split, RandomStream random, Supplier<TaskKind> kinds) {
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            Composition composition = new Composition(split, kinds.get(), random, mix, sprites, concepts);
            ExampleSpec spec = composerOf(composition.kind).compose(composition);
            if (spec != null) return spec;
        }
        throw new UsageException("No example of split %s can be composed from these sprites and this task mix.", split);
    }

    /**
     * An edit of a given scene: the next turn of a multi-turn edit. Style edits occur in the last turn only, because
     * the filter of a scene covers all later edits.
     */
    public ExampleSpec composeFollowUp(Split split, long seed, long index, SceneSpec source, boolean lastTurn) {
        RandomStream random = RandomStream.named(seed * SEED_MULTIPLIER + index, "follow " + split.name());
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            TaskKind kind = random.choice(
                    TaskKind.COLOUR,
                    TaskKind.TEXTURE,
                    TaskKind.REPLACE,
                    TaskKind.RESIZE,
                    TaskKind.BACKGROUND,
                    TaskKind.TIME,
                    TaskKind.WEATHER,
                    lastTurn ? TaskKind.STYLE : TaskKind.COLOUR,
                    source.objects().size() > 1 ? TaskKind.REMOVE : TaskKind.TIME);
            Composition composition = new Composition(split, kind, random, mix, sprites, concepts, source);
            ExampleSpec spec = composerOf(kind).compose(composition);
            if (spec != null) return spec;
        }
        throw new UsageException("No edit can be composed that follows %s.", source);
    }

    private static TaskComposer composerOf(TaskKind kind) {
        return switch (kind) {
            case SUBJECT_1 -> new SubjectGenerationComposer(1);
            case SUBJECT_2 -> new SubjectGenerationComposer(2);
            case SUBJECT_3 -> new SubjectGenerationComposer(3);
            case ADD, SUBJECT_ADD -> new AdditionComposer();
            case REMOVE, REPLACE, COLOUR, TEXTURE, MOVE, RESIZE, SUBJECT_REPLACE -> new ObjectEditComposer();
            case BACKGROUND, TIME, WEATHER, STYLE -> new GlobalEditComposer();
        };
    }
}
