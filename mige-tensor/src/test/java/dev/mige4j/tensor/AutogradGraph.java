package dev.mige4j.tensor;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Node;

/** The graph that automatic differentiation has recorded. */
public final class AutogradGraph {

    private static final Pattern NO_COMPUTATION = Pattern.compile(
            "(Slice|T|Transpose|UnsafeView|View|Unsqueeze|Squeeze|Expand|Permute|ReshapeAlias|Select)Backward\\d"
                    + "|torch::autograd::AccumulateGrad");

    private AutogradGraph() {}

    /**
     * The number of operations from which a tensor was computed and through which gradients flow. Each of them launches
     * a kernel on a GPU; views and the accumulation into parameters are not counted.
     */
    public static int countOperations(Tensor result) {
        Set<Long> seen = new HashSet<>();
        Deque<Node> open = new ArrayDeque<>();
        open.add(result.unwrap().grad_fn());
        int operations = 0;
        while (!open.isEmpty()) {
            Node node = open.remove();
            if (!seen.add(node.address())) continue;
            if (!NO_COMPUTATION.matcher(node.name().getString()).matches()) operations++;
            for (int i = 0; i < node.next_edges().size(); i++)
                if (node.next_edges().get(i).is_valid())
                    open.add(node.next_edges().get(i).function());
        }
        return operations;
    }
}
