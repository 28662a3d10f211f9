package io.github.gymhttpapi.examples;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.deeplearning4j.rl4j.learning.IEpochTrainer;
import org.deeplearning4j.rl4j.util.IDataManager;

/**
 * Keeps each training episode's return, shows how far training is, and writes the curve as CSV and
 * PNG.
 */
final class LearningCurve extends ProgressListener {
  private static final int WINDOW = 10;
  private static final int WIDTH = 800;
  private static final int HEIGHT = 450;
  private static final int MARGIN = 56;

  private final int steps;
  private final PrintStream out;
  private final List<Double> returns = new ArrayList<>();
  private final List<Integer> endSteps = new ArrayList<>();

  LearningCurve(int steps, PrintStream out) {
    this.steps = steps;
    this.out = out;
  }

  @Override
  public void onTrainingEnd() {
    out.println();
  }

  @Override
  public ListenerResponse onEpochTrainingResult(
      IEpochTrainer trainer, IDataManager.StatEntry entry) {
    returns.add(entry.getReward());
    endSteps.add(trainer.getStepCount());
    double recent = mean(returns.size() - 1);
    out.printf(
        Locale.ROOT,
        "\rstep %d of %d, episode %d, mean return of the last %d: %.1f   ",
        trainer.getStepCount(),
        steps,
        returns.size(),
        WINDOW,
        recent);
    return ListenerResponse.CONTINUE;
  }

  /** Mean return of the episodes up to the given one, as many as the window holds. */
  private double mean(int episode) {
    int first = Math.max(0, episode - WINDOW + 1);
    return returns.subList(first, episode + 1).stream()
        .mapToDouble(Double::doubleValue)
        .average()
        .orElse(0);
  }

  void writeCsv(Path file) throws IOException {
    List<String> lines = new ArrayList<>(List.of("episode,step,return"));
    for (int i = 0; i < returns.size(); i++) {
      lines.add(i + 1 + "," + endSteps.get(i) + "," + returns.get(i));
    }
    Files.write(file, lines);
  }

  void writePng(Path file, String title) throws IOException {
    System.setProperty("java.awt.headless", "true");
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = image.createGraphics();
    pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    pen.setColor(Color.WHITE);
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    double top = roundedUp(returns.stream().mapToDouble(Double::doubleValue).max().orElse(0), 50);
    int last = roundedUp(endSteps.isEmpty() ? 0 : endSteps.get(endSteps.size() - 1), 500);
    axes(pen, title, top, last);
    pen.setColor(new Color(0x9ec5e8));
    for (int i = 0; i < returns.size(); i++) {
      pen.fillOval(x(endSteps.get(i), last) - 2, y(returns.get(i), top) - 2, 5, 5);
    }
    pen.setColor(new Color(0x1f5f99));
    pen.setStroke(new BasicStroke(2f));
    for (int i = 1; i < returns.size(); i++) {
      pen.drawLine(
          x(endSteps.get(i - 1), last),
          y(mean(i - 1), top),
          x(endSteps.get(i), last),
          y(mean(i), top));
    }
    pen.dispose();
    ImageIO.write(image, "png", file.toFile());
  }

  private static int roundedUp(double value, int unit) {
    return unit * Math.max(1, (int) Math.ceil(value / unit));
  }

  private static void axes(Graphics2D pen, String title, double top, int last) {
    pen.setColor(Color.DARK_GRAY);
    pen.drawString(
        title + ": return of each episode, and the mean of " + WINDOW, MARGIN, MARGIN / 2);
    for (int tick = 0; tick <= 5; tick++) {
      int y = y(top * tick / 5, top);
      int x = x(last * tick / 5, last);
      pen.setColor(new Color(0xe4e4e4));
      pen.drawLine(MARGIN, y, WIDTH - MARGIN / 2, y);
      pen.setColor(Color.DARK_GRAY);
      pen.drawString(String.format(Locale.ROOT, "%.0f", top * tick / 5), 16, y + 4);
      pen.drawString(String.valueOf(last * tick / 5), x - 12, HEIGHT - MARGIN / 2 - 6);
    }
    pen.drawLine(MARGIN, HEIGHT - MARGIN, WIDTH - MARGIN / 2, HEIGHT - MARGIN);
    pen.drawString("steps", WIDTH / 2, HEIGHT - 8);
  }

  private static int x(int step, int last) {
    return MARGIN + (int) ((WIDTH - 1.5 * MARGIN) * step / last);
  }

  private static int y(double value, double top) {
    return HEIGHT - MARGIN - (int) ((HEIGHT - 2.0 * MARGIN) * Math.max(0, value) / top);
  }
}
