/**
 * Sampling of latents: noise schedule, classifier-free guidance ({@link dev.mige4j.sampler.Guidance}) and the solvers
 * {@link dev.mige4j.sampler.DpmSolver} and {@link dev.mige4j.sampler.AncestralSolver}.
 */
package dev.mige4j.sampler;
