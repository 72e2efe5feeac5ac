package dev.mige4j.eval.nano;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.composer.SubjectSubstitution;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A subject of the corpus that a model is taught from a few images, and requests that ask for it.
 *
 * @param index its number among the subjects, from 0
 * @param concept a concept that training holds out; its name is the word for it
 * @param iconSet the icon set of its drawing
 */
public record TaughtSubject(int index, String concept, String iconSet) {

    private static final long SEED = 19_000;
    /** Kinds of the pairs of requests, in order. */
    private static final List<TaskKind> KINDS = List.of(
            TaskKind.SUBJECT_1, TaskKind.SUBJECT_1, TaskKind.SUBJECT_ADD, TaskKind.SUBJECT_1, TaskKind.SUBJECT_REPLACE);
    /** Colours of the backgrounds of the images, 0xRRGGBB. */
    private static final int[] GROUNDS = {0xffffff, 0x000000, 0xb0b0b0, 0xd8e4f0, 0x3a5a40};
    /** Longest side of the subject in each image, in parts of the image's side. */
    private static final double[] SIZES = {0.75, 0.6, 0.5, 0.7, 0.55};

    /**
     * The first subjects: the held-out concepts in the order of {@code concepts.tsv}, each in one of its icon sets, the
     * next one for each next concept.
     */
    public static List<TaughtSubject> first(int count, Corpus corpus) {
        List<TaughtSubject> subjects = new ArrayList<>();
        for (Concept concept : Concept.all()) {
            List<String> sets = corpus.iconSetsOf(concept.name());
            if (!Split.isHeldOut(concept) || sets.isEmpty() || subjects.size() == count) continue;
            int index = subjects.size();
            subjects.add(new TaughtSubject(index, concept.name(), sets.get(index % sets.size())));
        }
        return subjects;
    }

    /** The name of its folder, such as {@code 03-polar-bear}. */
    public String id() {
        return String.format(Locale.ROOT, "%02d-%s", index + 1, concept.replaceAll("[^a-z0-9]+", "-"));
    }

    /** Five images of it, in several sizes and places in front of one colour each, of twice the corpus' size. */
    public List<Image> images(Corpus corpus) {
        Image onBlack = corpus.spriteImage(concept, iconSet, 0, false),
                onWhite = corpus.spriteImage(concept, iconSet, 0, true);
        int size = corpus.imageSize();
        Image cutOut = cutOut(onBlack, onWhite);
        List<Image> images = new ArrayList<>();
        for (int i = 0; i < GROUNDS.length; i++) {
            int side = (int) Math.round(2 * size * SIZES[i] / 0.75),
                    shift = (i - 2) * size / 32; // the drawing fills three quarters of the cut-out
            Image onGround = cutOut.flatten(GROUNDS[i]);
            Image scaled = Resampling.BICUBIC.resize(onGround, side, side);
            Image canvas = Image.filled(2 * size, 2 * size, GROUNDS[i]);
            int offset = (2 * size - side) / 2;
            images.add(canvas.paste(scaled, offset + shift, offset));
        }
        return images;
    }

    /** The drawing with alpha, from its renderings on black and white: white − black = 255 · (1 − alpha). */
    private static Image cutOut(Image onBlack, Image onWhite) {
        byte[] black = onBlack.rgb(), white = onWhite.rgb(), rgb = new byte[black.length];
        byte[] alpha = new byte[black.length / 3];
        for (int i = 0; i < alpha.length; i++) {
            int difference = 0;
            for (int c = 0; c < 3; c++) difference += (white[3 * i + c] & 255) - (black[3 * i + c] & 255);
            int a = Math.max(0, Math.min(255, 255 - difference / 3));
            alpha[i] = (byte) a;
            for (int c = 0; c < 3 && a > 0; c++)
                rgb[3 * i + c] = (byte) Math.min(255, (black[3 * i + c] & 255) * 255 / a);
        }
        return Image.of(onBlack.width(), onBlack.height(), rgb, alpha);
    }

    /**
     * Requests for the subject, in pairs: {@code named-00} says its name, {@code shown-00} asks for the same with a
     * reference. Six of ten generate an image; the others add the subject to an image, or replace an object by it.
     *
     * @param count number of all requests, even
     */
    public List<NanoSample> requests(int count, Corpus corpus) {
        Corpus strict = corpus.withMix(TaskMix.STRICT);
        SubjectSubstitution substitution = new SubjectSubstitution(concept, concept, iconSet, iconSet);
        List<NanoSample> named = new ArrayList<>(), shown = new ArrayList<>();
        for (int i = 0; i < count / 2; i++) {
            TaskKind kind = KINDS.get(i % KINDS.size());
            NanoSuite suite =
                    switch (kind) {
                        case SUBJECT_ADD -> NanoSuite.SUBJECT_ADD;
                        case SUBJECT_REPLACE -> NanoSuite.SUBJECT_REPLACE;
                        default -> NanoSuite.SINGLE_SUBJECT;
                    };
            ExampleSpec spec = strict.exampleSpec(Split.SEEN, SEED + index, i, kind);
            named.add(new NanoSample(
                    String.format(Locale.ROOT, "named-%02d", i), suite, List.of(substitution.named(spec))));
            shown.add(new NanoSample(
                    String.format(Locale.ROOT, "shown-%02d", i), suite, List.of(substitution.withReference(spec))));
        }
        List<NanoSample> all = new ArrayList<>(named);
        all.addAll(shown);
        return all;
    }
}
