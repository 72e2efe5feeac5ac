package dev.mige4j.sampler;

import dev.mige4j.denoiser.Branch;
import dev.mige4j.task.Task;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Classifier-free guidance on two conditions, the source image and the text.
 *
 * <pre>
 *   ε = ε∅ + image · (εi − ε∅) + text · (εit − εi)
 * </pre>
 *
 * <p>ε∅ is the unconditional prediction, εi has the source image as condition, εit the source image and the text.
 * Without a source image εi = ε∅, and the middle term vanishes. Source: MIGE section 3.4 after InstructPix2Pix;
 * docs/specification/diffusion.md section 5.
 *
 * @param text guidance scale of the text; 1 is the plain prediction, larger values follow the text more closely
 * @param image guidance scale of the source image; 1 is the plain prediction, larger values keep more of the source
 */
public record Guidance(double text, double image) {

    /** The forward passes that a step needs, without those that cancel out in the formula. */
    public List<Branch> branches() {
        List<Branch> needed = new ArrayList<>();
        if (image != 1) needed.add(Branch.UNCONDITIONAL);
        if (image != text) needed.add(Branch.IMAGE);
        if (text != 0) needed.add(Branch.IMAGE_AND_TEXT);
        return needed;
    }

    /** The forward passes of the reference for a task: all three for edits. */
    public static List<Branch> referenceBranches(Task task) {
        return task.source().isPresent() ? List.of(Branch.values()) : List.of(Branch.IMAGE, Branch.IMAGE_AND_TEXT);
    }

    /**
     * Combines the noise predictions of the branches.
     *
     * @param branches the branch of each prediction
     * @param noise one prediction per branch, all of one shape
     * @return the guided prediction, evaluated operation by operation in the type of the predictions
     */
    public Tensor combine(List<Branch> branches, List<Tensor> noise) {
        if (branches.size() == 1) return noise.get(0);
        Tensor first = noise.get(0), second = noise.get(1);
        double weight = branches.get(1) == Branch.IMAGE ? image : text;
        Tensor combined = first.add(second.sub(first).mul(weight));
        return branches.size() == 2
                ? combined
                : combined.add(noise.get(2).sub(second).mul(text));
    }

    /**
     * Wraps a network so that it returns guided noise.
     *
     * @param branches {@link #branches}, or more of them for comparison
     * @param network x [B, c, h, w] to the predictions of all branches, concatenated: [branches · B, c or more, h, w];
     *     only the first c channels are used
     * @param precision type of the combination: F32, or BF16 as in the reference
     */
    public NoiseModel around(List<Branch> branches, NoiseModel network, DType precision) {
        return (x, t) -> {
            Tensor predictions = network.predict(x, t).narrow(1, 0, x.size(1)).to(precision);
            List<Tensor> byBranch = new ArrayList<>();
            for (int i = 0; i < branches.size(); i++) byBranch.add(predictions.narrow(0, i * x.size(0), x.size(0)));
            return combine(branches, byBranch).typeAs(x);
        };
    }
}
