package mige.data;

import java.util.ArrayList;
import java.util.List;

import mige.data.Concept.Category;
import mige.data.Concept.Trait;

/**
 * Thinks up examples: a kind, things, a scene, the sentence, and the two specifications that differ in what it asks for.
 * A function of (split, seed, index) and the mix alone.
 */
final class Composer {

    private static final List<String> FLUENT = List.of("fluent-emoji-3d", "fluent-emoji", "fluent-emoji-flat");

    private final Sprites sprites;
    private final Mix mix;
    private final List<Concept> trained = new ArrayList<>(), held = new ArrayList<>(), styled = new ArrayList<>();

    Composer(Sprites sprites, Mix mix) {
        this.sprites = sprites;
        this.mix = mix;
        for (Concept c : Concept.all()) {
            List<String> sets = sprites.setsOf(c.name());
            boolean plain = sets.stream().anyMatch(s -> !s.equals(Split.HELD_STYLE));
            if (Split.heldOut(c)) {
                if (plain) held.add(c);
            } else {
                if (plain) trained.add(c);
                if (sets.contains(Split.HELD_STYLE)) styled.add(c);
            }
        }
    }

    Item compose(Split split, long seed, long index) {
        return compose(split, seed, index, null);
    }

    /** The same of a given kind; null: one of the mix. */
    Item compose(Split split, long seed, long index, Kind kind) {
        Dice dice = Dice.of(seed * 0x2545F4914F6CDD1DL + index, split.name());
        for (int tries = 0; tries < 200; tries++) {
            Kind k = kind != null ? kind : split == Split.UNSEEN_LOOK ? dice.pick(Kind.COLOUR, Kind.TEXTURE) : mix.draw(dice);
            Item item = new Making(split, dice, k).make();
            if (item != null) return item;
        }
        throw new mige.tensor.UsageException("No example of split %s can be made from these drawings and this mix", split);
    }

    /** An edit of a picture that is there already: the next step of a chain. */
    Item follow(Split split, long seed, long index, SceneSpec source, boolean last) {
        Dice dice = Dice.of(seed * 0x2545F4914F6CDD1DL + index, "follow " + split.name());
        for (int tries = 0; tries < 200; tries++) {
            Kind k = dice.pick(Kind.COLOUR, Kind.TEXTURE, Kind.REPLACE, Kind.RESIZE, Kind.BACKGROUND, Kind.TIME, Kind.WEATHER, last ? Kind.STYLE : Kind.COLOUR, source.objects().size() > 1 ? Kind.REMOVE : Kind.TIME);
            Making making = new Making(split, dice, k);
            making.given = source;
            making.scene = Scene.named(source.scene());
            Item item = making.make();
            if (item != null) return item;
        }
        throw new mige.tensor.UsageException("No edit follows %s", source);
    }

    /** The name for the record of one thing: with its colour or texture. */
    static String named(ObjectSpec o) {
        Concept c = Concept.named(o.concept());
        String look = o.color() != null ? o.color() : o.texture() != null ? o.texture() : "";
        return c.article(look) + (look.isEmpty() ? "" : look + " ") + c.name();
    }

    /** "a dog and a cat on a wooden table at night". */
    static String describe(SceneSpec s) {
        StringBuilder text = new StringBuilder();
        List<String> names = s.objects().stream().sorted(java.util.Comparator.comparingDouble(ObjectSpec::x)).map(Composer::named).toList();
        for (int i = 0; i < names.size(); i++) text.append(i == 0 ? "" : i == names.size() - 1 ? " and " : ", ").append(names.get(i));
        Scene scene = Scene.named(s.scene());
        text.append(names.isEmpty() ? scene.noun() : " " + scene.phrases().get(0)).append(when(s.timeOfDay())).append(weather(s.weather()));
        return (s.filter() == null ? "" : Wording.style(s.filter()) + " of ") + text;
    }

    static String when(String time) {
        return switch (time) {
            case "day" -> "";
            case "overcast" -> " on a cloudy day";
            default -> " at " + time;
        };
    }

    static String weather(String weather) {
        return weather.equals("clear") ? "" : " in the " + weather;
    }

    /** One attempt; methods return null when the draw does not work out. */
    private final class Making {
        final Split split;
        final Dice dice;
        final Kind kind;
        final boolean heldWords;
        Scene scene;
        /** The source, where it is not ours to make. */
        SceneSpec given;

        Making(Split split, Dice dice, Kind kind) {
            this.split = split;
            this.dice = dice;
            this.kind = kind;
            heldWords = split == Split.UNSEEN_WORDING;
        }

        Item make() {
            return switch (kind) {
                case SUBJECT_1 -> subject(1);
                case SUBJECT_2 -> subject(2);
                case SUBJECT_3 -> subject(3);
                case ADD, SUBJECT_ADD -> add();
                case REMOVE, REPLACE, COLOUR, TEXTURE, MOVE, RESIZE, SUBJECT_REPLACE -> change();
                case BACKGROUND, TIME, WEATHER, STYLE -> whole();
            };
        }

        // ---- choices

        /** The thing that matters, and with it the scene. False when they do not fit the split. */
        Concept lead() {
            Concept c = switch (split) {
                case UNSEEN_SUBJECT -> held.isEmpty() ? null : dice.pick(held);
                case UNSEEN_STYLE -> styled.isEmpty() ? null : dice.pick(styled);
                default -> dice.pick(trained);
            };
            if (c == null) return null;
            List<Scene> scenes = Scene.suiting(c).stream().filter(s -> Split.heldOut(c, s) == (split == Split.UNSEEN_PAIR) || split == Split.UNSEEN_SUBJECT).toList();
            if (scenes.isEmpty()) return null;
            scene = dice.pick(scenes);
            if (c.is(Trait.SWIM) && dice.chance(0.45) && Scene.named("under water").suits(c) && scenes.contains(Scene.named("under water"))) scene = Scene.named("under water");
            if (scene.ground() == Scene.Ground.TABLE || c.size() > 0.75 || dice.chance(0.75)) return c;
            Scene table = Scene.named("wooden table");
            if (scenes.contains(table)) scene = table;
            return c;
        }

        /** Another thing of this scene that training may hold, not of a name that is there. */
        Concept other(List<String> taken) {
            for (int i = 0; i < 60; i++) {
                Concept c = dice.pick(trained);
                if (scene.suits(c) && !Split.heldOut(c, scene) && !taken.contains(c.name())) return c;
            }
            return null;
        }

        String set(Concept c, boolean lead) {
            if (lead && split == Split.UNSEEN_STYLE) return Split.HELD_STYLE;
            List<String> sets = sprites.setsOf(c.name()).stream().filter(s -> !s.equals(Split.HELD_STYLE)).toList();
            return dice.pick(sets);
        }

        /** Faces keep their colour: a blue one reads as an error, not as another identity. */
        int hue(Concept c) {
            boolean turned = dice.chance(mix.hueShare());
            int hue = 60 * (1 + dice.below(5));
            return turned && c.category() != Category.PERSON ? hue : 0;
        }

        /** The neighbour's style where it has the concept: what is only named should look as one expects it there. */
        String like(ObjectSpec neighbour, Concept c) {
            String any = set(c, false);
            return !neighbour.set().equals(Split.HELD_STYLE) && sprites.has(c.name(), neighbour.set()) ? neighbour.set() : any;
        }

        double natural(Concept c, double pull) {
            return StrictMath.pow(c.size(), pull);
        }

        SceneSpec place(List<ObjectSpec> objects) {
            String time = "day", weather = "clear";
            if (scene.room() == Scene.Room.OUTDOORS && dice.chance(mix.plain() ? 0.15 : 0.35)) {
                if (dice.chance(0.65)) time = dice.pick(scene.times());
                else weather = dice.pick(scene.weathers());
            } else if (scene.room() == Scene.Room.INDOORS && dice.chance(mix.plain() ? 0 : 0.15)) time = "night";
            return new SceneSpec(scene.name(), dice.next() >>> 16, time, weather, null, objects);
        }

        ObjectSpec thing(int id, Concept c, boolean lead, double x, double depth, double size) {
            boolean floats = scene.room() == Scene.Room.WATER ? c.is(Trait.SWIM) && dice.chance(0.8)
                    : scene.room() == Scene.Room.OUTDOORS || scene.room() == Scene.Room.SPACE ? c.is(Trait.FLY) && dice.chance(0.6) : false;
            Double y = floats ? Double.valueOf(dice.between(0.28, scene.room() == Scene.Room.WATER ? 0.6 : 0.42)) : null;
            return new ObjectSpec(id, c.name(), set(c, lead), hue(c), null, null, x, depth, y, size, dice.chance(0.5), 0, 0);
        }

        /** Rounded, so that specifications stay short. */
        double r(double v) {
            return Math.round(v * 1000) / 1000.0;
        }

        /** How one thing shows itself to be referred to: alone on black or white, or large in another scene; posed anew. */
        Reference reference(ObjectSpec o) {
            Concept c = Concept.named(o.concept());
            double rotate = c.category() == Category.BUILDING || c.category() == Category.VEHICLE ? dice.between(-4, 4) : dice.between(-13, 13);
            ObjectSpec posed = new ObjectSpec(0, o.concept(), sibling(o), o.hue(), o.color(), o.texture(), 0.5, 0.7, null, r(dice.between(0.66, 0.8)),
                    dice.chance(0.5), r(rotate), r(dice.between(-0.10, 0.10)));
            double how = dice.unit();
            boolean dark = sprites.get(posed.concept(), posed.set()).brightness() < 75;     // it would be lost on black
            if (dark && how < 0.8) return new Reference("white", posed, null);
            if (mix.plain() || how < 0.6) return new Reference(dark ? "white" : "black", posed, null);
            if (how < 0.8) return new Reference("white", posed, null);
            List<Scene> scenes = Scene.suiting(c).stream().filter(s -> !Split.heldOut(c, s) && !s.name().equals(scene.name())).toList();
            if (scenes.isEmpty()) return new Reference(dark ? "white" : "black", posed, null);
            Scene elsewhere = dice.pick(scenes);
            ObjectSpec there = posed.sized(r(dice.between(0.55, 0.66))).at(r(dice.between(0.42, 0.58)), r(dice.between(0.6, 0.95)), scene.room() == Scene.Room.WATER ? Double.valueOf(0.5) : null);
            return new Reference("scene", there, new SceneSpec(elsewhere.name(), dice.next() >>> 16, "day", "clear", null, List.of(there)));
        }

        /** The same design in another rendering, where there is one: 15 % of the Fluent drawings. */
        String sibling(ObjectSpec o) {
            if (!FLUENT.contains(o.set()) || !dice.chance(0.15)) return o.set();
            String set = dice.pick(FLUENT);
            return sprites.has(o.concept(), set) ? set : o.set();
        }

        String phrase(Scene s) {
            int n = s.phrases().size();
            return mix.plain() && !heldWords ? s.phrases().get(0) : heldWords ? s.phrases().get(n - 1) : s.phrases().get(dice.below(n - 1));
        }

        Item item(String text, List<Reference> references, SceneSpec source, SceneSpec target, List<Integer> changed, String object, List<String> markerNames) {
            boolean strip = !mix.sourceMarker() && kind.task().equals("edit");
            String said = strip ? Wording.fill(text.replace(Wording.MARKER, " ").replaceAll(" +", " ").trim()) : text;
            return new Item(kind, split, said, strip ? List.of() : references, source, target, changed, object,
                    Wording.spoken(text, markerNames), source == null ? null : describe(source), describe(target));
        }

        // ---- subject generation

        Item subject(int count) {
            Concept lead = lead();
            if (lead == null) return null;
            List<Concept> things = new ArrayList<>(List.of(lead));
            List<String> names = new ArrayList<>(List.of(lead.name()));
            while (things.size() < count) {
                Concept c = other(names);
                if (c == null) return null;
                things.add(c);
                names.add(c.name());
            }
            List<ObjectSpec> objects = new ArrayList<>();
            double[] at = count == 1 ? new double[] {0.5} : count == 2 ? new double[] {0.28, 0.72} : new double[] {0.19, 0.5, 0.81};
            double side = count == 1 ? 0.54 : count == 2 ? 0.395 : 0.30, jitter = count == 1 ? 0.14 : count == 2 ? 0.05 : 0.02;
            for (int i = 0; i < count; i++) {
                Concept c = things.get(i);
                double size = side * natural(c, 0.35) * dice.between(0.92, 1.12);
                if (count == 1) size = Math.max(0.45, size);
                objects.add(thing(i, c, i == 0, r(at[i] + dice.between(-jitter, jitter)), r(dice.between(0.35, 0.95)), r(size)));
            }
            SceneSpec target = place(objects);
            List<Reference> references = new ArrayList<>();
            for (ObjectSpec o : objects) references.add(reference(o));
            String template = mix.plain() && !heldWords ? Wording.draw("subject_1", false, Dice.of(dice.below(2), "plain")) : Wording.draw("subject_" + count, heldWords, dice);
            String said = phrase(scene) + when(target.timeOfDay()) + weather(target.weather());
            String text = Wording.fill(template, "n", lead.name(), "s", said);
            List<String> spoken = things.stream().map(c -> "the " + c.name()).toList();
            return item(text, references, null, target, objects.stream().map(ObjectSpec::id).toList(), lead.name(), spoken);
        }

        // ---- edits of one thing

        /** A source with 1 to 3 things of different names, the first the one that matters. */
        SceneSpec source(Concept lead, int count) {
            List<String> names = new ArrayList<>(List.of(lead.name()));
            List<Concept> things = new ArrayList<>(List.of(lead));
            while (things.size() < count) {
                Concept c = other(names);
                if (c == null) return null;
                names.add(c.name());
                things.add(c);
            }
            List<Double> at = new ArrayList<>(count == 1 ? List.of(0.5) : count == 2 ? List.of(0.28, 0.72) : List.of(0.19, 0.5, 0.81));
            double side = count == 1 ? 0.47 : count == 2 ? 0.37 : 0.29, jitter = count == 1 ? 0.16 : 0.03;
            List<ObjectSpec> objects = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                double x = at.remove(dice.below(at.size())) + dice.between(-jitter, jitter);
                objects.add(thing(i, things.get(i), i == 0, r(x), r(dice.between(0.3, 0.9)), r(side * natural(things.get(i), 0.4) * dice.between(0.9, 1.12))));
            }
            return place(objects);
        }

        int count() {
            double d = dice.unit();
            return mix.plain() || d < 0.6 ? 1 : d < 0.9 ? 2 : 3;
        }

        Item change() {
            Concept lead = given == null ? lead() : null;
            if (lead == null && given == null) return null;
            SceneSpec source = given != null ? given : source(lead, count());
            if (source == null) return null;
            ObjectSpec it = given != null ? dice.pick(given.objects()) : source.objects().get(0);
            if (given != null) {
                lead = Concept.named(it.concept());
                if (it.color() != null || it.texture() != null) return null;
            }
            String name = it.concept();
            boolean twins = given == null && (kind == Kind.REMOVE || kind == Kind.REPLACE || kind == Kind.COLOUR) && !mix.plain() && source.objects().size() == 2 && dice.chance(0.25)
                    && split != Split.UNSEEN_STYLE && !lead.is(Trait.PLURAL) && !lead.is(Trait.MASS);
            if (twins) {
                ObjectSpec second = source.objects().get(1);
                ObjectSpec twin = new ObjectSpec(1, it.concept(), set(lead, false), hue(lead), null, null, second.x(), it.depth(), it.y(), it.size(), dice.chance(0.5), 0, 0);
                source = source.replacing(twin);
                name = (it.x() < twin.x() ? "left " : "right ") + name;
            }
            return switch (kind) {
                case REMOVE -> edited(Wording.fill(Wording.draw("remove", heldWords, dice), "n", name), source, source.without(it.id()), name, it);
                case REPLACE -> replace(source, it, name);
                case SUBJECT_REPLACE -> subjectReplace(source, it);
                case COLOUR -> {
                    String colour = look(lead, Look.COLOUR_NAMES);
                    yield colour == null ? null : edited(Wording.fill(Wording.draw("colour", heldWords, dice), "n", name, "c", colour, "ac", a(colour)), source, source.replacing(it.coloured(colour)), name, it);
                }
                case TEXTURE -> {
                    String texture = look(lead, Look.TEXTURES);
                    yield texture == null ? null : edited(Wording.fill(Wording.draw("texture", heldWords, dice), "n", name, "t", texture, "at", a(texture)), source, source.replacing(it.textured(texture)), name, it);
                }
                case MOVE -> move(source, it);
                default -> resize(source, it);
            };
        }

        String a(String look) {
            return ("aeio".indexOf(look.charAt(0)) >= 0 ? "an " : "a ") + look;
        }

        String look(Concept c, List<String> looks) {
            List<String> fit = looks.stream().filter(l -> Split.heldOut(c, l) == (split == Split.UNSEEN_LOOK)).toList();
            return fit.isEmpty() ? null : dice.pick(fit);
        }

        Item edited(String text, SceneSpec source, SceneSpec target, String object, ObjectSpec it) {
            return item(text, List.of(Reference.SOURCE), source, target, List.of(it.id()), object, List.of("the picture"));
        }

        /** What takes the place of a thing: named anew, as large as its nature asks. */
        ObjectSpec instead(ObjectSpec it, Concept c) {
            double size = it.size() * natural(c, 0.4) / natural(Concept.named(it.concept()), 0.4);
            ObjectSpec o = new ObjectSpec(it.id(), c.name(), like(it, c), 0, null, null, it.x(), it.depth(), it.y(), r(size), dice.chance(0.5), 0, 0);
            return it.y() != null && !c.is(Trait.FLY) && !c.is(Trait.SWIM) ? o.at(it.x(), it.depth(), null) : o;
        }

        /** Lead and substitute change parts, so that in the held-out splits the new thing is the held-out one. */
        Item replace(SceneSpec source, ObjectSpec it, String name) {
            List<String> names = source.objects().stream().map(ObjectSpec::concept).toList();
            Concept c = other(names);
            if (c == null) return null;
            boolean turned = given == null && (split == Split.UNSEEN_SUBJECT || split == Split.UNSEEN_STYLE || split == Split.UNSEEN_PAIR);
            if (turned) {
                if (!name.equals(it.concept())) return null;
                ObjectSpec old = instead(it, c);
                it = new ObjectSpec(it.id(), it.concept(), it.set(), 0, null, null, it.x(), it.depth(), it.y(), it.size(), it.flip(), 0, 0);
                source = source.replacing(it);
                return edited(Wording.fill(Wording.draw("replace", heldWords, dice), "n", c.name(), "a", Concept.named(it.concept()).withArticle()), source.replacing(old), source, it.concept(), it);
            }
            return edited(Wording.fill(Wording.draw("replace", heldWords, dice), "n", name, "a", c.withArticle()), source, source.replacing(instead(it, c)), c.name(), it);
        }

        Item subjectReplace(SceneSpec target, ObjectSpec it) {
            Concept c = other(target.objects().stream().map(ObjectSpec::concept).toList());
            if (c == null) return null;
            SceneSpec source = target.replacing(instead(it, c));
            String template = Wording.draw("subject_replace", heldWords, dice);
            Reference entity = reference(it);
            boolean entityFirst = template.contains("M2");
            return item(Wording.fill(template, "n", c.name()), entityFirst ? List.of(entity, Reference.SOURCE) : List.of(Reference.SOURCE, entity), source, target, List.of(0), it.concept(),
                    entityFirst ? List.of(named(it), "the picture") : List.of("the picture", named(it)));
        }

        Item move(SceneSpec source, ObjectSpec it) {
            if (source.objects().size() > 1) source = source.holding(List.of(it));
            String to = dice.pick("left", "right", "middle");
            double side = it.size() * 0.5 + 0.02, left = side, right = 1 - side;
            double from = to.equals("middle") ? dice.chance(0.5) ? left : right : to.equals("left") ? dice.between(0.55, right) : dice.between(left, 0.45);
            double x = to.equals("middle") ? 0.5 : to.equals("left") ? left : right;
            ObjectSpec before = it.sized(r(Math.min(it.size(), 0.40))).at(r(from), it.depth(), it.y());
            SceneSpec first = source.replacing(before);
            return edited(Wording.fill(Wording.draw("move", heldWords, dice), "n", it.concept(), "d", to), first, first.replacing(before.at(r(x), it.depth(), it.y())), it.concept(), it);
        }

        Item resize(SceneSpec source, ObjectSpec it) {
            boolean bigger = dice.chance(0.5);
            double small = it.size() * 0.72, large = Math.min(0.62, it.size() * (source.objects().size() > 1 ? 1.08 : 1.22));
            if (given != null) small = large = it.size();
            if (given != null && bigger) large = Math.min(0.62, large * 1.35);
            else if (given != null) small *= 0.7;
            ObjectSpec before = it.sized(r(bigger ? small : large)), after = it.sized(r(bigger ? large : small));
            SceneSpec first = source.replacing(before);
            return edited(Wording.fill(Wording.draw(bigger ? "bigger" : "smaller", heldWords, dice), "n", it.concept()), first, first.replacing(after), it.concept(), it);
        }

        // ---- something more

        Item add() {
            Concept lead = lead();
            if (lead == null) return null;
            boolean subject = kind == Kind.SUBJECT_ADD;
            boolean sky = scene.room() == Scene.Room.OUTDOORS && lead.is(Trait.FLY) && dice.chance(0.7);
            boolean byObject = !mix.plain() ? dice.chance(0.55) : dice.chance(0.3);
            boolean many = !mix.plain() && dice.chance(0.25);
            Concept near = other(List.of(lead.name()));
            if (near == null) return null;
            String place;
            double x, nearX, depth = dice.between(0.45, 0.85), nearDepth = depth + dice.between(-0.1, 0.1);
            double size = 0.38 * natural(lead, 0.4) * dice.between(0.9, 1.12), nearSize = 0.39 * natural(near, 0.4) * dice.between(0.9, 1.1);
            Double y = null;
            if (sky) {
                place = "in the sky of";
                x = dice.between(0.25, 0.75);
                y = r(dice.between(0.17, 0.27));
                size = 0.29;
                nearX = x < 0.5 ? dice.between(0.6, 0.75) : dice.between(0.25, 0.4);
                nearSize *= 0.95;
                byObject = false;
            } else if (byObject) {
                place = dice.pick("to the left of", "to the right of", "next to", "in front of", "behind");
                nearX = switch (place) {
                    case "to the left of" -> dice.between(0.66, 0.76);
                    case "to the right of" -> dice.between(0.24, 0.34);
                    case "next to" -> dice.chance(0.5) ? 0.28 : 0.72;
                    default -> dice.between(0.42, 0.58);
                };
                x = switch (place) {
                    case "to the left of" -> nearX - dice.between(0.40, 0.46);
                    case "to the right of" -> nearX + dice.between(0.40, 0.46);
                    case "next to" -> nearX < 0.5 ? nearX + 0.43 : nearX - 0.43;
                    default -> nearX + dice.pick(-1, 1) * dice.between(0.10, 0.17);
                };
                if (place.equals("in front of")) {
                    nearDepth = 0.3;
                    depth = 0.95;
                    size *= 0.82;
                    nearSize *= 1.1;
                } else if (place.equals("behind")) {
                    nearDepth = 0.9;
                    depth = 0.1;
                    size *= 1.1;
                    nearSize *= 0.85;
                }
            } else {
                place = dice.pick("on the left of", "on the right of", "in the centre of", "at the bottom left of", "at the bottom right of");
                boolean left = place.contains("left"), centre = place.contains("centre");
                x = centre ? 0.5 : left ? dice.between(0.21, 0.3) : dice.between(0.7, 0.79);
                nearX = centre ? dice.pick(0.2, 0.8) : left ? dice.between(0.65, 0.78) : dice.between(0.22, 0.35);
                if (place.contains("bottom")) depth = 1;
                if (centre) nearSize = Math.min(nearSize, 0.30);
                if (centre) size = Math.min(size, 0.38);
            }
            ObjectSpec there = new ObjectSpec(1, near.name(), set(near, false), hue(near), null, null, r(nearX), r(nearDepth), null, r(nearSize), dice.chance(0.5), 0, 0);
            String style = subject || split == Split.UNSEEN_STYLE ? set(lead, true) : like(there, lead);
            ObjectSpec more = new ObjectSpec(0, lead.name(), style, subject ? hue(lead) : 0, null, null, r(x), r(depth), y, r(size), dice.chance(0.5), 0, 0);
            List<ObjectSpec> objects = new ArrayList<>();
            if (byObject || !dice.chance(0.15)) objects.add(there);
            if (many && !byObject && !place.contains("centre") && !sky) {
                Concept third = other(List.of(lead.name(), near.name()));
                if (third != null) objects.add(new ObjectSpec(2, third.name(), set(third, false), hue(third), null, null, 0.52, 0.2, null, r(0.26 * natural(third, 0.4)), dice.chance(0.5), 0, 0));
            }
            SceneSpec source = place(objects), target = source.with(more);
            String template = Wording.draw((subject ? "subject_add" : "add") + (byObject ? "_object" : "_scene"), heldWords, dice);
            if (template.startsWith("M but") && subject) return null;
            String text = Wording.fill(template, "a", lead.withArticle(), "p", place, "o", near.name());
            if (!subject) return edited(text, source, target, lead.name(), more);
            return item(text, List.of(reference(more), Reference.SOURCE), source, target, List.of(0), lead.name(), List.of(named(more), "the picture"));
        }

        // ---- the whole picture

        Item whole() {
            Concept lead = given == null ? lead() : Concept.named(given.objects().get(0).concept());
            if (lead == null || (kind == Kind.TIME || kind == Kind.WEATHER) && scene.room() != Scene.Room.OUTDOORS && !(kind == Kind.TIME && scene.room() == Scene.Room.INDOORS && dice.chance(0.1))) return null;
            SceneSpec source = given != null ? given : source(lead, count());
            if (source == null || given != null && kind == Kind.TIME && !given.weather().equals("clear")) return null;
            List<Integer> all = source.objects().stream().map(ObjectSpec::id).toList();
            String text;
            SceneSpec target;
            switch (kind) {
                case BACKGROUND -> {
                    List<Scene> fit = Scene.ALL.stream().filter(s -> !s.name().equals(scene.name())).filter(s -> fits(source, s)).toList();
                    if (fit.isEmpty()) return null;
                    Scene to = dice.pick(fit);
                    String time = to.times().contains(source.timeOfDay()) ? source.timeOfDay() : "day", weather = to.weathers().contains(source.weather()) ? source.weather() : "clear";
                    List<ObjectSpec> moved = source.objects().stream().map(o -> o.y() != null && to.room() == Scene.Room.INDOORS ? o.at(o.x(), o.depth(), null) : o).toList();
                    target = new SceneSpec(to.name(), dice.next() >>> 16, time, weather, null, moved);
                    text = Wording.fill(Wording.draw("background", heldWords, dice), "l", to.noun(), "s", phrase(to), "n", names(source));
                }
                case TIME -> {
                    SceneSpec clear = source.under("clear");
                    String to = dice.pick(scene.times().stream().filter(t -> !t.equals(clear.timeOfDay())).toList());
                    text = to.equals("overcast") ? Wording.fill(Wording.draw("cloudy", heldWords, dice)) : Wording.fill(Wording.draw("time", heldWords, dice), "t", to);
                    return item(text, List.of(Reference.SOURCE), clear, clear.at(to), all, "", List.of("the picture"));
                }
                case WEATHER -> {
                    String to = dice.pick(scene.weathers().stream().filter(w -> !w.equals(source.weather())).toList());
                    if (to.equals("clear") && dice.chance(0.5)) return null;
                    target = source.under(to);
                    text = Wording.fill(Wording.draw(to, heldWords, dice), "w", source.weather());
                }
                default -> {
                    String filter = dice.pick(Filter.NAMES);
                    target = source.through(filter);
                    text = Wording.fill(Wording.draw("style", heldWords, dice), "f", Wording.style(filter));
                }
            }
            return item(text, List.of(Reference.SOURCE), source, target, all, "", List.of("the picture"));
        }

        boolean fits(SceneSpec source, Scene to) {
            for (ObjectSpec o : source.objects()) {
                Concept c = Concept.named(o.concept());
                if (!to.suits(c) || Split.heldOut(c, to) && split != Split.UNSEEN_PAIR) return false;
            }
            return true;
        }

        String names(SceneSpec s) {
            List<String> names = s.objects().stream().map(ObjectSpec::concept).toList();
            return String.join(" and ", names.size() > 2 ? List.of(String.join(", ", names.subList(0, names.size() - 1)), names.get(names.size() - 1)) : names);
        }
    }
}
