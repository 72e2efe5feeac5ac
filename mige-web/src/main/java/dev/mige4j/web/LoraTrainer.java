package dev.mige4j.web;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Trains a LoRA from images of one subject or style, for a {@link Server} whose clients may do that.
 *
 * <p>An interface, because this module has no trainer: the command line implements it with that of mige-train. It is
 * called by one thread at a time, and decides where the file is stored; clients name it and never see a path.
 */
public interface LoraTrainer {

    /** The fewest and the most images of a subject. */
    int MIN_IMAGES = 3, MAX_IMAGES = 20;

    /**
     * What a LoRA is trained from.
     *
     * @param name of the LoRA and the word for the subject: letters and digits of ASCII, with single hyphens
     * @param style whether the images show a style instead of one subject
     * @param images of the subject by name, in the order of the request
     * @param masks of some of the images by the same names: light where the subject is
     */
    record Subject(String name, boolean style, Map<String, Image> images, Map<String, Image> masks) {}

    /**
     * How far a training has come.
     *
     * @param stage what is being done, as a few words for the user, such as {@code training}
     * @param fraction the part of the time that is over, 0 to 1
     * @param remaining estimated time until the end; empty before it is known
     * @param preview an image that the LoRA makes at present, if there is a new one
     */
    record Progress(String stage, double fraction, Optional<Duration> remaining, Optional<Image> preview) {}

    /** Receives the progress of a training; returns false to cancel it. */
    @FunctionalInterface
    interface Listener {
        boolean onProgress(Progress progress);
    }

    /** Whether there is a LoRA of this name, which a training must not replace. */
    boolean exists(String name);

    /**
     * Trains a LoRA and stores it under its name.
     *
     * @param budget the time that it may take in all
     * @return remarks for the user, such as images in which no subject was found
     * @throws UsageException when the images or the memory do not suffice; the message is passed on to the client
     * @throws CancelledException when the listener cancelled it; then nothing is stored
     */
    List<String> train(Subject subject, Duration budget, Listener listener);
}
