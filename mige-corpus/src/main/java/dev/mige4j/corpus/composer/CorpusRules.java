package dev.mige4j.corpus.composer;

/** What the examples of a corpus leave open: whether all that the instruction and its images do not say is fixed. */
public enum CorpusRules {
    /** Sizes, places and poses of objects and the grounds of references vary freely, as in nano-MIGEBench. */
    VARIED(new VariedLayoutRules()),
    /**
     * What the words and images do not say is always the same: one size, upright and facing as in the reference, one
     * place for each phrase, on the grid of 16 x 16 cells; references alone on black; few backgrounds a scene.
     */
    STRICT(new StrictLayoutRules());

    @SuppressWarnings("ImmutableEnumChecker") // the rules have no state
    private final LayoutRules layout;

    CorpusRules(LayoutRules layout) {
        this.layout = layout;
    }

    LayoutRules layout() {
        return layout;
    }
}
