package dev.mige4j.sampler;

import dev.mige4j.denoiser.Branch;
import dev.mige4j.task.Task;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * How far words and canvas pull.
 *
 * <pre>
 *   ε = ε∅ + canvas · (εc − ε∅) + text · (εct − εc)
 * </pre>
 *
 * <p>Generation is editing of a blank canvas: there εc = ε∅ and the middle term vanishes. Source: MIGE section 3.4
 * after InstructPix2Pix; docs/specification/diffusion.md section 5.
 *
 * @param text 1: the plain prediction; larger: nearer to the words
 * @param image 1: the plain prediction; larger: nearer to the canvas
 */
public record Guidance(double text, double image) {

    /** What the reference's programs use for a task. */
    public static Guidance of(Task task) {
        return new Guidance(task.source().isPresent() ? 5 : 7, 1);
    }

    /** The passes one step needs; those that cancel out of the formula are left away. */
    public List<Branch> branches() {
        List<Branch> needed = new ArrayList<>();
        if (image != 1) needed.add(Branch.UNCONDITIONAL);
        if (image != text) needed.add(Branch.IMAGE);
        if (text != 0) needed.add(Branch.IMAGE_AND_TEXT);
        return needed;
    }

    /** The passes the reference runs for a task: for an edit always all three. */
    public static List<Branch> referenceBranches(Task task) {
        return task.source().isPresent() ? List.of(Branch.values()) : List.of(Branch.IMAGE, Branch.IMAGE_AND_TEXT);
    }

    /**
     * The guided noise from the noise of each branch, in the same order; all of one shape, which the result has too. It
     * is evaluated operation by operation in the predictions' type.
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
     * A model whose noise is guided.
     *
     * @param branches {@link #branches}, or more of them to compare
     * @param network x [B, c, h, w] to the predictions of all branches, one after another: [branches · B, c or more, h,
     *     w]; channels beyond the first c are not noise and are left away
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
