package dev.mige4j.weights.torch;

import static dev.mige4j.weights.format.TensorFile.sanitize;

import dev.mige4j.weights.format.TensorInfo;
import dev.mige4j.weights.torch.SectionSelector.Section;
import dev.mige4j.weights.torch.Unpickler.Tuple;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * The dictionaries of tensors in the value of a pickle, such as {@code state_dict}, {@code model} and {@code ema}, and
 * descriptions of everything else in it. Optimizers are not searched.
 */
final class StateDicts {

    private static final int MAX_DEPTH = 6, MAX_SECTIONS = 100, MAX_ITEMS = 16, MAX_VISITS = 5_000_000;
    private static final Pattern OPTIMIZER = Pattern.compile("(?i).*optim.*|opt|opt_.*|.*_opt"),
            AVERAGED = Pattern.compile("(?i)(.*[._])?(ema|avg|averaged|shadow)([._].*)?");

    /** A dictionary of tensors, and the keys on the way to it. */
    private record Found(List<Object> path, Map<?, ?> dict) {
        String name() {
            StringBuilder name = new StringBuilder();
            for (Object key : path) name.append(name.isEmpty() ? "" : ".").append(key);
            return name.toString();
        }
    }

    private final Object root;
    private final Map<String, Found> found = new LinkedHashMap<>();
    private long visitsLeft = MAX_VISITS;

    /** @param root the value of the pickle */
    StateDicts(Object root) {
        this.root = root;
        Set<Object> visited = newIdentitySet();
        var pending = new ArrayDeque<Map.Entry<List<Object>, Object>>();
        pending.add(Map.entry(List.of(), root));
        while (!pending.isEmpty() && found.size() < MAX_SECTIONS) {
            var next = pending.remove();
            List<Object> path = next.getKey();
            if (!isContainer(next.getValue()) || !visited.add(next.getValue())) continue;
            if (isStateDict(asDict(next.getValue()))) {
                Found dict = new Found(path, asDict(next.getValue()));
                found.putIfAbsent(dict.name(), dict);
            }
            if (path.size() == MAX_DEPTH) continue;
            children(next.getValue()).forEach((key, value) -> {
                if (!isContainer(value)
                        || (key instanceof String name
                                && OPTIMIZER.matcher(name).matches())) return;
                List<Object> childPath = new ArrayList<>(path);
                childPath.add(key);
                pending.add(Map.entry(childPath, value));
            });
        }
    }

    private static boolean isContainer(Object value) {
        return asDict(value) != null || asList(value) != null;
    }

    /** The entries of a dictionary with strings as keys, and the items of a short list. */
    private static Map<Object, Object> children(Object value) {
        Map<Object, Object> children = new LinkedHashMap<>();
        Map<?, ?> dict = asDict(value);
        List<?> list = asList(value);
        if (dict != null)
            dict.forEach((key, child) -> {
                if (key instanceof String) children.put(key, child);
            });
        else if (list.size() <= MAX_ITEMS) for (int i = 0; i < list.size(); i++) children.put(i, list.get(i));
        return children;
    }

    private static Map<?, ?> asDict(Object value) {
        if (value instanceof PickledObject object && object.hasEntries()) return object.entries();
        return value instanceof Map<?, ?> map ? map : null;
    }

    private static List<?> asList(Object value) {
        if (value instanceof Tuple tuple) return tuple.items();
        return value instanceof List<?> list ? list : null;
    }

    private static boolean isStateDict(Map<?, ?> dict) {
        return dict != null
                && dict.entrySet().stream()
                        .anyMatch(entry -> entry.getKey() instanceof String
                                && (entry.getValue() instanceof TensorReference
                                        || (entry.getValue() instanceof PickledObject object && isTensor(object))));
    }

    /** Whether a function of PyTorch would build a tensor from a storage. */
    private static boolean isTensor(PickledObject object) {
        return object.type().startsWith("torch._utils._rebuild_")
                || object.type().startsWith("torch._tensor._rebuild");
    }

    /** The sections in the order of {@link SectionSelector#select}. */
    List<Section> sections() {
        Comparator<Section> order = Comparator.comparing(
                        (Section section) -> AVERAGED.matcher(section.name()).matches())
                .thenComparing(section -> !section.name().equals("state_dict"))
                .thenComparing(section -> -numel(section));
        return found.values().stream().map(StateDicts::toSection).sorted(order).toList();
    }

    private static double numel(Section section) {
        return section.shapes().values().stream()
                .mapToDouble(TensorInfo::numelOf)
                .sum();
    }

    private static Section toSection(Found dict) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        dict.dict.forEach((key, value) -> {
            if (key instanceof String name
                    && value instanceof TensorReference tensor
                    && tensor.type().dtype() != null) shapes.put(name, tensor.shape());
        });
        return new Section(dict.name(), shapes);
    }

    /** The tensors of a section that can be read. */
    Map<String, TensorReference> tensors(Section section) {
        Map<String, TensorReference> tensors = new LinkedHashMap<>();
        found.get(section.name()).dict.forEach((key, value) -> {
            if (key instanceof String name
                    && value instanceof TensorReference tensor
                    && tensor.type().dtype() != null) tensors.put(name, tensor);
        });
        return tensors;
    }

    /**
     * Describes everything but the tensors of a section.
     *
     * @param metadata receives strings and numbers
     * @param skipped receives the reason why an entry is not read
     */
    void describeRest(Section section, Map<String, String> metadata, Map<String, String> skipped) {
        Found selected = found.get(section.name());
        Object level = root;
        for (int depth = 0; depth < selected.path.size(); depth++) {
            Object step = selected.path.get(depth);
            Map<?, ?> entries = asDict(level) != null ? asDict(level) : children(level);
            String prefix = new Found(selected.path.subList(0, depth), Map.of()).name();
            for (var entry : entries.entrySet())
                if (!entry.getKey().equals(step))
                    describe(
                            prefix.isEmpty() ? String.valueOf(entry.getKey()) : prefix + "." + entry.getKey(),
                            entry.getValue(),
                            metadata,
                            skipped);
            level = entries.get(step);
        }
        selected.dict.forEach((key, value) -> {
            if (!(key instanceof String name) || !(value instanceof TensorReference tensor))
                describe(String.valueOf(key), value, metadata, skipped);
            else if (tensor.type().dtype() == null)
                skipped.put(
                        sanitize(name),
                        sanitize(tensor.type().name()) + " of shape " + TensorInfo.formatShape(tensor.shape())
                                + ", a type that cannot be read");
        });
    }

    private void describe(String name, Object value, Map<String, String> metadata, Map<String, String> skipped) {
        String displayName = sanitize(name);
        if (value instanceof String || value instanceof Number || value instanceof Boolean) {
            metadata.put(displayName, sanitize(String.valueOf(value)));
            return;
        }
        int[] tensorCount = {0};
        Set<String> types = new LinkedHashSet<>();
        visit(value, part -> {
            if (part instanceof TensorReference) tensorCount[0]++;
            if (part instanceof PickledObject object && types.size() < 3) types.add(sanitize(object.type()));
        });
        String reason = reason(name, value);
        if (tensorCount[0] > 1) reason += " (" + tensorCount[0] + " tensors)";
        if (!types.isEmpty() && !(value instanceof PickledObject)) reason += ", with " + String.join(", ", types);
        skipped.put(displayName, reason);
    }

    private String reason(String name, Object value) {
        if (value instanceof PickledObject object && !object.hasEntries())
            return switch (object.type()) {
                case "torch._utils._rebuild_qtensor" ->
                    "a quantized tensor, which cannot be read; save it after .dequantize()";
                case "torch._utils._rebuild_sparse_tensor", "torch._utils._rebuild_sparse_csr_tensor" ->
                    "a sparse tensor, which cannot be read; save it after .to_dense()";
                default -> "an object of " + sanitize(object.type()) + ", which was not built";
            };
        if (value instanceof TensorReference) return "a single tensor outside the state_dict";
        if (OPTIMIZER.matcher(name).matches()) return "optimizer state, used only to resume that training";
        if (name.contains("scheduler")) return "state of the learning-rate scheduler";
        String section = found.keySet().stream()
                .filter(other -> other.equals(name) || other.startsWith(name + "."))
                .findFirst()
                .orElse(null);
        if (section == null) return "not part of the state_dict";
        return (AVERAGED.matcher(section).matches() ? "EMA weights" : "other weights") + ", read with --section "
                + sanitize(section);
    }

    /** What the file has instead of a dictionary of tensors. */
    String describeWithoutSections() {
        if (root instanceof PickledObject object && !object.hasEntries())
            return "holds an object of " + sanitize(object.type())
                    + " instead of a dictionary of tensors; save its state_dict()";
        Map<?, ?> dict = asDict(root);
        if (dict == null) return "has no dictionary at the top level, expected a state_dict";
        if (dict.isEmpty()) return "holds an empty dictionary, expected a state_dict";
        List<String> keys = new ArrayList<>(), types = new ArrayList<>();
        dict.keySet().stream().limit(12).forEach(key -> keys.add("'" + sanitize(String.valueOf(key)) + "'"));
        visit(root, part -> {
            if (part instanceof PickledObject object && types.isEmpty()) types.add(sanitize(object.type()));
        });
        return "has no tensors under 'state_dict' or at the top level; its entries are " + String.join(", ", keys)
                + (dict.size() > 12 ? ", ..." : "")
                + (types.isEmpty() ? "" : ", with an object of " + types.get(0) + "; save a state_dict() alone");
    }

    /**
     * Visits every value inside {@code value}, each once. Iterative, since a pickle may nest a million lists; stops
     * after {@link #MAX_VISITS} in all, since a million entries may share one list.
     */
    private void visit(Object value, Consumer<Object> visitor) {
        Set<Object> visited = newIdentitySet();
        var pending = new ArrayDeque<Object>();
        pending.add(value);
        while (!pending.isEmpty() && visitsLeft > 0) {
            Object next = pending.pop();
            visitsLeft--;
            if (next instanceof String || next instanceof Number || !visited.add(next)) continue;
            visitor.accept(next);
            List<Object> parts = new ArrayList<>();
            if (next instanceof PickledObject object) parts.addAll(object.parts());
            if (asDict(next) != null) parts.addAll(asDict(next).values());
            if (asList(next) != null) parts.addAll(asList(next));
            visitsLeft -= parts.size();
            pending.addAll(parts);
        }
    }

    private static Set<Object> newIdentitySet() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }
}
