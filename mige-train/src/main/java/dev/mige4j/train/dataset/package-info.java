/** Training datasets, their cached features, and the batches made of them. */
package dev.mige4j.train.dataset;
