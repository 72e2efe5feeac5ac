package mige.eval;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

import mige.data.Corpus;
import mige.data.Example;
import mige.data.Item;
import mige.data.Kind;
import mige.data.ObjectSpec;
import mige.data.SceneSpec;
import mige.eval.Difference.Area;
import mige.eval.Lineup.Suspect;
import mige.image.Picture;

/**
 * Measures answers: differences of pixels always, what is recognised where there is an evaluation pair.
 *
 * <p>An instruction counts as followed ({@link Figure#SUCCESS}) when
 * <pre>
 *   subjects, add, replace, subject add and replace    the {@link Lineup} at each true box picks the wanted thing, in any style
 *   remove                                             the line-up at the thing's old box picks the empty place
 *   background                                         the words for the new scene fit better than those for any other
 *   colour, texture, time, weather, style,             inside the mask the answer is nearer to the truth than
 *   move, resize                                       {@value #NEAR} of the way from it to the source (in L1)
 * </pre>
 */
final class Judge {

    /** The bar for edits: L1 inside the mask, relative to that of the untouched source. */
    static final double NEAR = 0.6;

    private final Corpus corpus;
    private final Optional<Embedder> pair;
    private final int lineup;
    private final Map<String, String> scenes = Corpus.scenes();

    /** {@code lineup} drawings stand in each line-up. */
    Judge(Corpus corpus, Optional<Embedder> pair, int lineup) {
        this.corpus = corpus;
        this.pair = pair;
        this.lineup = lineup;
    }

    /** What all answers to one item are measured with; made once, as it draws and looks at many pictures. */
    Case open(Item item) {
        return new Case(item);
    }

    final class Case {
        private final Item item;
        private final Example truth;
        private final List<Subject> subjects = new ArrayList<>();
        private final List<float[]> sceneWords = new ArrayList<>();
        private float[] truthSeen, captionSaid;

        private record Subject(Lineup lineup, String wanted, Set<Suspect> right) {}

        private Case(Item item) {
            this.item = item;
            truth = corpus.render(item);
            pair.ifPresent(this::prepare);
        }

        private void prepare(Embedder tower) {
            truthSeen = tower.picture(truth.target());
            captionSaid = tower.words(item.targetCaption());
            if (namesScene()) for (String phrase : scenes.values()) sceneWords.add(tower.words(item.targetCaption().replace(scenes.get(item.target().scene()), phrase)));
            switch (item.kind()) {
                case SUBJECT_1, SUBJECT_2, SUBJECT_3 -> {
                    Map<Integer, Example.Box> boxes = corpus.boxes(item.target());
                    for (int i = 0; i < item.changed().size(); i++) {
                        ObjectSpec object = thing(item.target(), item.changed().get(i));
                        if (boxes.containsKey(object.id())) subjects.add(subject(tower, item.target(), object, boxes.get(object.id()), null, item.references().get(i).object()));
                    }
                }
                case SUBJECT_ADD, SUBJECT_REPLACE, ADD, REPLACE -> {
                    ObjectSpec object = thing(item.target(), item.changed().get(0));
                    ObjectSpec shown = item.references().stream().map(r -> r.object()).filter(o -> o != null).findFirst().orElse(null);
                    subjects.add(subject(tower, item.target(), object, truth.box(), find(item.source(), object.id()), shown));
                }
                case REMOVE -> {
                    ObjectSpec object = thing(item.source(), item.changed().get(0));
                    subjects.add(new Subject(new Lineup(corpus, tower, item.source(), object, truth.box(), null, lineup, lot()), "", Set.of(Suspect.NOBODY)));
                }
                default -> { }
            }
        }

        /** The drawing of the truth is right, and the one that was shown, where they are of one design. */
        private Subject subject(Embedder tower, SceneSpec scene, ObjectSpec object, Example.Box box, ObjectSpec before, ObjectSpec shown) {
            Set<Suspect> right = new LinkedHashSet<>(List.of(Suspect.of(object)));
            if (shown != null) right.add(Suspect.of(shown));
            return new Subject(new Lineup(corpus, tower, scene, object, box, before, lineup, lot()), object.concept(), right);
        }

        private long lot() {
            return item.target().seed() + subjects.size();
        }

        private boolean namesScene() {
            return item.kind().task().equals("subject") || item.kind() == Kind.BACKGROUND;
        }

        Example truth() {
            return truth;
        }

        /**
         * All figures that can be measured of an answer of the truth's size, without {@link Figure#SECONDS}.
         *
         * @param canvas what was edited: the source, or within a chain the answer before; empty for generation
         */
        Map<Figure, Double> measure(Picture answer, Optional<Picture> canvas) {
            Map<Figure, Double> figures = new EnumMap<>(Figure.class);
            Picture target = truth.target();
            Area inside = Area.inside(truth.mask()), outside = Area.outside(truth.mask());
            note(figures, Figure.L1, Difference.l1(answer, target, Area.ALL));
            note(figures, Figure.L2, Difference.l2(answer, target, Area.ALL));
            note(figures, Figure.L1_INSIDE, Difference.l1(answer, target, inside));
            if (item.kind().local()) {
                note(figures, Figure.L1_OUTSIDE, Difference.l1(answer, target, outside));
                note(figures, Figure.PSNR_OUTSIDE, Difference.psnr(answer, target, outside));
                note(figures, Figure.CHANGE_OUTSIDE, Difference.l1(answer, canvas.orElseThrow(), outside));
            }
            switch (item.kind()) {
                case COLOUR, TEXTURE, TIME, WEATHER, STYLE, MOVE, RESIZE -> {
                    double left = Difference.l1(answer, target, inside).orElse(0), whole = Difference.l1(truth.source().orElseThrow(), target, inside).orElse(0);
                    figures.put(Figure.SUCCESS, left <= NEAR * whole ? 1.0 : 0.0);
                }
                default -> { }
            }
            pair.ifPresent(tower -> recognise(tower, answer, figures));
            return figures;
        }

        private void recognise(Embedder tower, Picture answer, Map<Figure, Double> figures) {
            float[] looks = tower.picture(answer);
            figures.put(Figure.CLIP_I, Embedder.cosine(looks, truthSeen));
            figures.put(Figure.CLIP_T, Embedder.cosine(looks, captionSaid));
            if (namesScene()) {
                double wanted = Embedder.cosine(looks, captionSaid);
                boolean first = sceneWords.stream().allMatch(words -> Embedder.cosine(looks, words) <= wanted);
                figures.put(Figure.SCENE, first ? 1.0 : 0.0);
                if (item.kind() == Kind.BACKGROUND) figures.put(Figure.SUCCESS, first ? 1.0 : 0.0);
            }
            if (subjects.isEmpty()) return;
            int recognised = 0, identified = 0;
            for (Subject subject : subjects) {
                Suspect picked = subject.lineup.pick(answer);
                if (picked.concept().equals(subject.wanted)) recognised++;
                if (subject.right.contains(picked)) identified++;
            }
            figures.put(Figure.SUCCESS, recognised == subjects.size() ? 1.0 : 0.0);
            if (!item.kind().task().equals("edit")) figures.put(Figure.IDENTITY, (double) identified / subjects.size());
        }

        private static void note(Map<Figure, Double> figures, Figure figure, OptionalDouble value) {
            value.ifPresent(v -> figures.put(figure, v));
        }

        private static ObjectSpec thing(SceneSpec scene, int id) {
            ObjectSpec object = find(scene, id);
            if (object == null) throw new IllegalArgumentException("the scene has no thing " + id);
            return object;
        }

        private static ObjectSpec find(SceneSpec scene, int id) {
            return scene == null ? null : scene.objects().stream().filter(o -> o.id() == id).findFirst().orElse(null);
        }
    }
}
