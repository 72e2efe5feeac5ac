package mige.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import mige.tensor.Close;
import mige.tensor.Tensor;
import mige.tensor.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoopTest {

    @TempDir Path folder;

    private Toy train(Toy toy, Loop.Plan plan, Path into, Watch watch) {
        new Loop(plan, toy.parameters, toy, into).run(watch);
        return toy;
    }

    @Test void makesTheLossSmaller() {
        List<Double> losses = new ArrayList<>();
        train(new Toy(1), Toy.plan(16, 1, 300, 1000), folder, (done, of, left, figures) -> losses.add(figures.get("loss")));
        assertTrue(losses.get(losses.size() - 1) < 0.1 * losses.get(0), losses.toString());
    }

    @Test void goesOnToTheBitWhereItWasStopped() {
        Toy whole = train(new Toy(1), Toy.plan(4, 1, 30, 1000), folder.resolve("a"), Watch.NONE);
        train(new Toy(1), Toy.plan(4, 1, 30, 1000), folder.resolve("b"), (done, of, left, figures) -> done < 15);
        Toy resumed = train(new Toy(2), Toy.plan(4, 1, 30, 1000), folder.resolve("b"), Watch.NONE);
        assertArrayEquals(whole.parameters.values().floats(), resumed.parameters.values().floats());
    }

    @Test void keepsTheLastTwoStates() throws IOException {
        train(new Toy(1), Toy.plan(4, 1, 30, 5), folder, Watch.NONE);
        try (var files = Files.list(folder)) {
            assertEquals(List.of("state-0000000025.safetensors", "state-0000000030.safetensors"),
                    files.map(f -> f.getFileName().toString()).filter(n -> n.startsWith("state")).sorted().toList());
        }
    }

    @Test void refusesAFolderThatAnotherTrainingIsUsing() {
        var e = assertThrows(UsageException.class, () -> train(new Toy(1), Toy.plan(4, 1, 30, 5), folder, (done, of, left, figures) -> {
            train(new Toy(1), Toy.plan(4, 1, 30, 5), folder, Watch.NONE);
            return true;
        }));
        assertEquals(folder + " is in use by another training; wait for its end, or train into another folder", e.getMessage());
        train(new Toy(1), Toy.plan(4, 1, 30, 5), folder, Watch.NONE);
    }

    @Test void partsOfABatchAddUpToTheBatch() {
        Toy one = train(new Toy(1), Toy.plan(8, 1, 20, 1000), folder.resolve("a"), Watch.NONE);
        Toy four = train(new Toy(1), Toy.plan(2, 4, 20, 1000), folder.resolve("b"), Watch.NONE);
        Close.assertClose(one.parameters.values(), four.parameters.values(), 1e-4);
    }

    @Test void leavesFrozenWeightsAlone() {
        Toy toy = train(new Toy(1), Toy.plan(4, 1, 20, 1000), folder, Watch.NONE);
        assertEquals(0, toy.handedOut.get("frozen.weight").norm().item());
        assertTrue(toy.parameters.slices().stream().noneMatch(slice -> slice.name().startsWith("frozen")));
    }

    @Test void theModelComputesWithTheFlatValues() {
        Toy toy = new Toy(1);
        Tensor.withoutGradients(() -> toy.parameters.values().fill_(0));
        assertEquals(0, toy.handedOut.get("first.weight").norm().item());
    }

    @Test void noFigureStandsTwiceAfterAResume() throws IOException {
        train(new Toy(1), Toy.plan(4, 1, 30, 10), folder, (done, of, left, figures) -> done < 25);
        Files.delete(folder.resolve("state-0000000025.safetensors"));         // as if the kill came before the state
        train(new Toy(1), Toy.plan(4, 1, 30, 10), folder, Watch.NONE);
        List<Integer> steps = Files.readAllLines(folder.resolve("metrics.jsonl")).stream().map(l -> Integer.parseInt(l.replaceAll(".*\"step\":(\\d+).*", "$1"))).toList();
        assertEquals(List.of(5, 10, 15, 20, 25, 30), steps);
    }

    @Test void refusesAStateOfAnotherModel() throws IOException {
        train(new Toy(1), Toy.plan(4, 1, 5, 5), folder, Watch.NONE);
        Toy other = new Toy(1);
        var fewer = new Parameters(other.handedOut, key -> key.startsWith("frozen"));
        var e = assertThrows(UsageException.class, () -> new Loop(Toy.plan(4, 1, 9, 5), fewer, other, folder).run(Watch.NONE));
        assertTrue(e.getMessage().contains("other sizes"), e.getMessage());
    }

    @Test void theReferencesScheduleStartsAtZero() {
        Schedule schedule = new Schedule(1e-5, 1000, 5000, 0);
        assertEquals(0, schedule.at(0));
        assertEquals(5e-6, schedule.at(500), 1e-12);
        assertEquals(1e-5, schedule.at(4999), 1e-12);
    }

    @Test void clippingReallyClips() {
        assertEquals(0.01 / (2 + 1e-6), new Clipping(0.01).factor(2), 1e-12);
        assertEquals(1, new Clipping(0.01).factor(0.001));
        assertEquals(1, new Clipping(0).factor(1000));
    }
}
