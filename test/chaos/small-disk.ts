import { createTestDirectory, SmallDisk as FillableDisk, type TestDirectory } from '#testing';

/** A folder on a disk of its own that can be filled; where this is not root, a plain one that cannot. */
export class SmallDisk implements TestDirectory {
  private constructor(
    private readonly directory: TestDirectory,
    private readonly disk: FillableDisk | undefined,
  ) {}

  static async create(mebibytes: number): Promise<SmallDisk> {
    const directory = await createTestDirectory();
    return new SmallDisk(directory, await FillableDisk.at(directory.path, mebibytes).catch(() => undefined));
  }

  get path(): string {
    return this.directory.path;
  }

  get mounted(): boolean {
    return this.disk !== undefined;
  }

  /** Leaves no byte. */
  async fill(): Promise<void> {
    await this.disk?.fill();
  }

  async empty(): Promise<void> {
    await this.disk?.empty();
  }

  /** Idempotent. */
  async remove(): Promise<void> {
    await this.disk?.remove();
    await this.directory.remove();
  }
}
