package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.ReferenceSpec;

/** Decides what instructions leave open: sizes, places and poses of objects, and how much else may vary. */
interface LayoutRules {

    /** The places of an object before and after an edit. */
    record PlaceChange(Place before, Place after) {}

    /** Number of objects of a new source. */
    int sourceObjectCount(Composition composition);

    /** The place of a source's object; {@code position} counts from the left. */
    Place sourceObject(Composition composition, Concept concept, int position, int count);

    /** The place of a subject in subject generation; {@code position} counts from the left. */
    Place subject(Composition composition, Concept concept, int position, int count);

    /** The places of an added object and its neighbour. */
    AdditionLayout addition(RandomStream random, AdditionLayout.Kind kind, Concept added, Concept neighbour);

    /** The place of a further object in the distance; null: there is none. */
    Place distantObject(Concept concept);

    /** The place of an object that replaces another one. */
    Place replacement(ObjectSpec replaced, Concept concept);

    /** A move to the left, to the right or to the middle. */
    PlaceChange move(RandomStream random, ObjectSpec object, String direction);

    /** A change of size. */
    PlaceChange resize(Composition composition, EditedObject edited, boolean bigger);

    /** Whether an object is mirrored. */
    boolean flip(RandomStream random);

    /** The seed of a scene's background and details. */
    long sceneSeed(RandomStream random);

    /** The reference image of an object. */
    ReferenceSpec reference(Composition composition, ObjectSpec object);

    /**
     * The icon set of an object that only the text names; {@code neighbour} is the object beside it or in its place,
     * null if there is none.
     */
    String iconSetOfNamed(Composition composition, ObjectSpec neighbour, Concept concept);

    /** Whether sources may have two objects of one concept, "the left dog" and "the right dog". */
    boolean allowsDuplicates();

    /** Whether objects that only the text names are of concepts and icon sets that training shows. */
    boolean namesOnlySeenLooks();
}
