package dev.mige4j.web;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Semaphore;

/**
 * A trainer controlled by the test: it takes {@value #STEPS} steps, one per permit, and stores names only. The names
 * "explode" and "confuse" make it throw an exception and report a usage error.
 */
final class FakeLoraTrainer implements LoraTrainer {

    static final int STEPS = 4;

    final Semaphore permits;
    final Set<String> stored = new ConcurrentSkipListSet<>();
    volatile Subject subject;
    volatile Duration budget;
    volatile List<String> notices = List.of();

    private FakeLoraTrainer(int permits) {
        this.permits = new Semaphore(permits);
    }

    static FakeLoraTrainer unblocked() {
        return new FakeLoraTrainer(Integer.MAX_VALUE / 2);
    }

    static FakeLoraTrainer blocked() {
        return new FakeLoraTrainer(0);
    }

    @Override
    public boolean exists(String name) {
        return stored.contains(name);
    }

    @Override
    public List<String> train(Subject subject, Duration budget, Listener listener) {
        this.subject = subject;
        this.budget = budget;
        if (subject.name().equals("explode")) throw new IllegalStateException("secret in /etc/passwd");
        if (subject.name().equals("confuse")) throw new UsageException("No image shows a subject.");
        for (int i = 0; i <= STEPS; i++) {
            if (i > 0) permits.acquireUninterruptibly();
            Progress progress = new Progress(
                    "training",
                    (double) i / STEPS,
                    i == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(10L * (STEPS - i))),
                    i == 1 ? Optional.of(Image.filled(512, 256, 0x00ff00)) : Optional.empty());
            if (!listener.onProgress(progress)) throw new CancelledException("cancelled after %d of %d", i, STEPS);
        }
        stored.add(subject.name());
        return notices;
    }
}
