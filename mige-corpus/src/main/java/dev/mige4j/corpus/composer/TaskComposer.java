package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.specification.ExampleSpec;

/** Composes the examples of one family of task kinds. */
@FunctionalInterface
interface TaskComposer {

    /** The example, or null when the random choices do not fit together; the caller tries again. */
    ExampleSpec compose(Composition composition);
}
