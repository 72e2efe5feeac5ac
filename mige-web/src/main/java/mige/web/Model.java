package mige.web;

import mige.pipeline.Creation;
import mige.pipeline.Mige;
import mige.pipeline.Progress;
import mige.pipeline.Settings;
import mige.task.Task;

/** What the server needs of {@link Mige}: the seam where tests put a model that sleeps, fails or counts. */
interface Model {

    Creation create(Task task, Settings settings, Progress progress);

    String name();

    int size();

    String hash();

    /** The settings with every empty value replaced by the model's default for the task. */
    Settings resolve(Settings settings, Task task);

    static Model of(Mige mige) {
        return new Model() {
            @Override public Creation create(Task task, Settings settings, Progress progress) {
                return mige.create(task, settings, progress);
            }

            @Override public String name() {
                return mige.name();
            }

            @Override public int size() {
                return mige.size();
            }

            @Override public String hash() {
                return mige.hash();
            }

            @Override public Settings resolve(Settings settings, Task task) {
                return mige.resolve(settings, task);
            }
        };
    }
}
