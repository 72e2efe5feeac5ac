/**
 * Teaches a model a subject or a style from a few images of its user: a LoRA that is trained within a given number of
 * minutes, on records that are made from these images.
 */
package dev.mige4j.train.teach;
