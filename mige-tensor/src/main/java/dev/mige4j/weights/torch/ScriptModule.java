package dev.mige4j.weights.torch;

import dev.mige4j.weights.format.TensorFile;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The state dict of a TorchScript module, as {@code torch.jit.save} writes it: the pickle holds an object for the
 * module whose attributes are tensors, scalars and submodules, and the path of an attribute, joined by dots, is its
 * key. The code of the module is not read.
 *
 * <pre>
 *   __torch__.CLIP {logit_scale: tensor, visual: __torch__.VisionTransformer {proj: tensor, ...}, ...}
 * </pre>
 */
final class ScriptModule {

    private static final int MAX_DEPTH = 100;
    private static final long MAX_KEY_CHARACTERS = 16L << 20;

    private final TensorFile file;
    private final Map<Object, Object> stateDict = new LinkedHashMap<>();
    private long keyCharacters;

    private ScriptModule(TensorFile file) {
        this.file = file;
    }

    /** Whether the value of a pickle is a TorchScript module. */
    static boolean isModule(Object value) {
        return value instanceof PickledObject object && object.type().startsWith("__torch__.");
    }

    /**
     * The tensors, numbers and strings of a module and its submodules by key, and other attributes as they are.
     *
     * @throws dev.mige4j.common.WeightsException when modules contain each other, or too many
     */
    static Map<Object, Object> stateDict(TensorFile file, Object module) {
        ScriptModule flattened = new ScriptModule(file);
        flattened.add("", (PickledObject) module, 0);
        return flattened.stateDict;
    }

    private void add(String prefix, PickledObject module, int depth) {
        if (depth > MAX_DEPTH)
            throw file.error("nests modules more than %d deep; it is not a TorchScript model", MAX_DEPTH);
        for (Object part : module.parts()) {
            if (!(part instanceof Map<?, ?> attributes)) continue; // the arguments of the constructor: none
            for (var attribute : attributes.entrySet()) {
                Object value = attribute.getValue();
                if (value == Unpickler.NONE || value instanceof Boolean) continue; // no bias; the training flag
                String key = prefix + attribute.getKey();
                keyCharacters += key.length() + 1;
                if (keyCharacters > MAX_KEY_CHARACTERS)
                    throw file.error("shares modules among too many others; it is not a TorchScript model");
                if (isModule(value)) add(key + ".", (PickledObject) value, depth + 1);
                else stateDict.put(key, value);
            }
        }
    }
}
