package mige.train;

import java.nio.file.Path;

/** Trains the toy in a process of its own: folder, batch, steps. Prints each reported step, then the end. */
final class ToyProcess {

    private ToyProcess() {}

    public static void main(String[] arguments) {
        Toy toy = new Toy(1);
        try (Crew crew = Crew.joined()) {
            Loop.Plan plan = Toy.plan(Integer.parseInt(arguments[1]), 1, Long.parseLong(arguments[2]), 7);
            new Loop(plan, toy.parameters, toy, Path.of(arguments[0]), crew).run((done, of, left, figures) -> {
                System.out.println(done);
                return true;
            });
        }
        System.out.println("end");
    }
}
